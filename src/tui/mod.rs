//! The full-screen face of a review session.

pub mod keys;
pub mod reading;

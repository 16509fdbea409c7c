//! What the program does with a vault, for any face: nothing here prints, reads a clock or knows of a command line.

pub mod copies;
pub mod error;
pub mod external;
pub mod grade;
pub mod links;
pub mod moved;
pub mod resolve;
pub mod review;
pub mod scan;
pub mod undo;
pub mod workspace;

//! Keys as the terminal tells of them.

use crossterm::event::{KeyCode as Code, KeyEvent, KeyModifiers};

use crate::config::keys::KeyCode;
pub use crate::config::keys::{Action, Bindings, ENTRIES, Key};

/// The key of an event; `None` for one that nothing can be bound to.
pub(super) fn key_of(event: &KeyEvent) -> Option<Key> {
    let code = match event.code {
        Code::Char(c) => KeyCode::Char(c),
        Code::Enter => KeyCode::Enter,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Esc => KeyCode::Esc,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Insert => KeyCode::Insert,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::F(number) => KeyCode::F(number),
        _ => return None,
    };
    let is_held = |key| event.modifiers.contains(key);
    let has_shift_in_it = matches!(code, KeyCode::Char(_) | KeyCode::BackTab);
    Some(Key {
        code,
        ctrl: is_held(KeyModifiers::CONTROL),
        alt: is_held(KeyModifiers::ALT),
        shift: is_held(KeyModifiers::SHIFT) && !has_shift_in_it,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_is_part_of_the_character() {
        let bindings = Bindings::default();
        let action = |code, held| key_of(&KeyEvent::new(code, held)).and_then(|key| bindings.action(key));
        assert_eq!(action(Code::Char('G'), KeyModifiers::SHIFT), Some(Action::Bottom));
        assert_eq!(action(Code::BackTab, KeyModifiers::SHIFT), Some(Action::PreviousLink));
        assert_eq!(action(Code::Char('d'), KeyModifiers::CONTROL), Some(Action::HalfDown));
        assert_eq!(action(Code::Char('d'), KeyModifiers::ALT), None);
        assert_eq!(action(Code::Up, KeyModifiers::SHIFT), None);
        assert_eq!(action(Code::CapsLock, KeyModifiers::NONE), None);
    }
}

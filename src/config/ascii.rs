//! Whether the locale asks for another charset than UTF-8: then what is printed keeps to ASCII, which is part of all of them.

/// The variables that name the locale of characters. The first one that is set decides.
const LOCALE: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// The variable by which the locale asks for another charset than UTF-8, if it does. `variable` gives the value of a variable,
/// empty where it is not set. A locale that names no charset leaves it open, and UTF-8 it is.
pub fn asked_by(variable: impl Fn(&str) -> String) -> Option<&'static str> {
    let set = LOCALE.into_iter().map(|name| (name, variable(name))).find(|(_, value)| !value.is_empty());
    set.filter(|(_, locale)| !is_utf8(locale)).map(|(name, _)| name)
}

fn is_utf8(locale: &str) -> bool {
    if matches!(locale, "C" | "POSIX") || locale.ends_with("@euro") {
        return false;
    }
    let charset = locale.split_once('.').map(|(_, charset)| charset.split('@').next().unwrap_or_default());
    charset.is_none_or(|charset| ["utf-8", "utf8"].iter().any(|utf8| charset.eq_ignore_ascii_case(utf8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_of_other_charsets_ask_for_ascii() {
        for locale in
            ["C", "POSIX", "de_DE.ISO-8859-1", "ja_JP.eucJP", "de_DE@euro", "de_DE.ISO-8859-15@euro", "C.ASCII"]
        {
            assert!(!is_utf8(locale), "{locale}");
        }
        for locale in ["C.UTF-8", "en_US.utf8", "ca_ES.UTF-8@valencia", "UTF-8", "de_DE", "en"] {
            assert!(is_utf8(locale), "{locale}");
        }
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let asked = |all: &str, ctype: &str, lang: &str| {
            asked_by(|name| match name {
                "LC_ALL" => all.to_owned(),
                "LC_CTYPE" => ctype.to_owned(),
                _ => lang.to_owned(),
            })
        };
        assert_eq!(asked("C", "en_US.UTF-8", "en_US.UTF-8"), Some("LC_ALL"));
        assert_eq!(asked("C.UTF-8", "C", "C"), None);
        assert_eq!(asked("", "C", "en_US.UTF-8"), Some("LC_CTYPE"));
        assert_eq!(asked("", "en_US.UTF-8", "C"), None);
        assert_eq!(asked("", "", "POSIX"), Some("LANG"));
        assert_eq!(asked("", "", ""), None);
    }
}

//! Which key of a Latin keyboard a character of another layout or input method stands for.

/// Keys of a Latin keyboard, and what layouts of other scripts have in the same places. Where two layouts have one character
/// in different places, the first one counts.
const LAYOUTS: [(&str, &str); 9] = [
    // Russian
    ("qwertyuiop[]asdfghjkl;'zxcvbnm,.", "йцукенгшщзхъфывапролджэячсмитьбю"),
    // Ukrainian, Belarusian
    ("s]'o", "іїєў"),
    // Serbian, Macedonian
    ("qw]j'x", "љњђјћџ"),
    // Greek
    ("wertyuiopasdfghjklzxcvbnm", "ςερτυθιοπασδφγηξκλζχψωβνμ"),
    // Hebrew
    ("ertyuiopasdfghjkl;zxcvbnm,.", "קראטוןםפשדגכעיחלךףזסבהנמצתץ"),
    // Arabic
    ("qwertyuiop[]asdfghjkl;'zxcvnm,./", "ضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظ"),
    // Persian
    ("d;'", "یکگ"),
    // Korean
    ("qwertyuiopasdfghjklzxcvbnm", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ"),
    ("QWERT", "ㅃㅉㄸㄲㅆ"),
];

/// The zeros of digits that layouts type: Arabic, Persian, Devanagari, Bengali, Thai.
const ZEROS: [u32; 5] = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50];

/// The ASCII character of which `c` is another form: a full-width one, or a digit of another script.
pub fn same(c: char) -> Option<char> {
    let code = u32::from(c);
    let digit = || ZEROS.iter().find_map(|zero| char::from_digit(code.checked_sub(*zero).filter(|d| *d < 10)?, 10));
    match c {
        '\u{3000}' => Some(' '),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(code - 0xfee0),
        _ => digit(),
    }
}

/// The character of the Latin key that types `c` in another layout, or of which `c` is another form.
pub fn latin(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    same(c).or_else(|| at_its_place(c)).or_else(|| {
        let mut lower = c.to_lowercase();
        let small = lower.next().filter(|small| lower.next().is_none() && *small != c)?;
        at_its_place(small).map(|key| key.to_ascii_uppercase())
    })
}

fn at_its_place(c: char) -> Option<char> {
    LAYOUTS
        .iter()
        .find_map(|(keys, layout)| keys.chars().zip(layout.chars()).find(|(_, typed)| *typed == c))
        .map(|p| p.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_its_place() {
        for (keys, layout) in LAYOUTS {
            assert_eq!(keys.chars().count(), layout.chars().count(), "{layout}");
            assert!(layout.chars().all(|c| latin(c).is_some()), "{layout}");
        }
    }

    #[test]
    fn a_key_is_the_same_with_every_layout() {
        for (typed, key) in [
            ('３', '3'),
            ('ｑ', 'q'),
            ('Ｓ', 'S'),
            ('？', '?'),
            ('٣', '3'),
            ('۴', '4'),
            ('й', 'q'),
            ('Ы', 'S'),
            ('г', 'u'),
            ('і', 's'),
            ('λ', 'l'),
            ('Σ', 'S'),
            ('ש', 'a'),
            ('ض', 'q'),
            ('ㅂ', 'q'),
            ('ㄲ', 'R'),
            ('х', '['),
            ('ъ', ']'),
        ] {
            assert_eq!(latin(typed), Some(key), "{typed}");
        }
        for none in ['3', 'q', 'é', 'ü', '日', '…'] {
            assert_eq!(latin(none), None, "{none}");
        }
    }
}

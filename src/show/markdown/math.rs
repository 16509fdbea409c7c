//! Formulas made readable as text: the common commands of LaTeX as the characters they stand for.

use crate::within::Within;
/// `formula` with commands, superscripts and subscripts replaced where there is a character for them. What is not known
/// stays as it is.
pub(super) fn readable(formula: &str) -> String {
    let mut out = String::with_capacity(formula.len());
    let mut rest = formula;
    // What closes the braces that are open.
    let mut closers: Vec<&str> = Vec::new();
    while let Some(c) = rest.chars().next() {
        let tail = rest.within(c.len_utf8()..);
        match c {
            '\\' => rest = command(tail, &mut out, &mut closers),
            '{' => {
                closers.push("");
                rest = tail;
            }
            '}' => {
                out.push_str(closers.pop().unwrap_or("}"));
                rest = match closers.last() {
                    // The second half of a fraction follows the first.
                    Some(&"/") if tail.starts_with('{') => {
                        closers.pop();
                        out.push_str("/(");
                        closers.push(")");
                        tail.within(1..)
                    }
                    _ => tail,
                };
            }
            '^' | '_' => rest = script(tail, c, &mut out),
            '~' => {
                out.push(' ');
                rest = tail;
            }
            '&' => rest = tail,
            _ => {
                out.push(c);
                rest = tail;
            }
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads the command after a backslash; what follows it.
fn command<'a>(rest: &'a str, out: &mut String, closers: &mut Vec<&'static str>) -> &'a str {
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    if end == 0 {
        let Some(c) = rest.chars().next() else { return rest };
        match c {
            '\\' => out.push_str("; "),
            ',' | ';' | ':' | ' ' => out.push(' '),
            '!' => {}
            _ => out.push(c),
        }
        return rest.within(c.len_utf8()..);
    }
    let (name, tail) = rest.split_at(end);
    let opens = tail.starts_with('{');
    let inside = tail.get(1..).unwrap_or_default();
    match name {
        "frac" | "dfrac" | "tfrac" if opens => {
            out.push('(');
            closers.push("/");
            closers.push(")");
            inside
        }
        "sqrt" if opens => {
            out.push_str("√(");
            closers.push(")");
            inside
        }
        "text" | "mathrm" | "mathbf" | "mathit" | "mathsf" | "mathcal" | "operatorname" | "boldsymbol" | "textbf"
        | "textit" | "vec" | "hat" | "bar" | "overline" | "underline" | "tilde" | "dot" => tail,
        "mathbb" if opens => match group_end(inside) {
            Some((letters, tail)) => {
                out.extend(letters.chars().map(double_struck));
                tail
            }
            None => tail,
        },
        "begin" | "end" if opens => group_end(inside).map_or(tail, |(_, tail)| tail),
        "left" | "right" | "big" | "Big" | "bigl" | "bigr" | "displaystyle" | "limits" => tail,
        _ => {
            match SYMBOLS.binary_search_by_key(&name, |&(name, _)| name) {
                Ok(at) => out.push_str(SYMBOLS.get(at).map_or("", |&(_, symbol)| symbol)),
                Err(_) if FUNCTIONS.contains(&name) => out.push_str(name),
                Err(_) => {
                    out.push('\\');
                    out.push_str(name);
                }
            }
            tail
        }
    }
}

/// A superscript or subscript: as small characters if there are such for all of it.
fn script<'a>(rest: &'a str, mark: char, out: &mut String) -> &'a str {
    let (inside, tail) = match rest.strip_prefix('{') {
        Some(group) => match group_end(group) {
            Some(parts) => parts,
            None => {
                out.push(mark);
                return rest;
            }
        },
        None => rest.split_at(rest.chars().next().map_or(0, char::len_utf8)),
    };
    let table = if mark == '^' { SUPERSCRIPTS } else { SUBSCRIPTS };
    let small: Option<String> = inside
        .chars()
        .map(|c| table.chars().zip(table.chars().skip(1)).step_by(2).find(|&(from, _)| from == c).map(|(_, to)| to))
        .collect();
    match small {
        Some(small) if !small.is_empty() => {
            out.push_str(&small);
            tail
        }
        _ => {
            out.push(mark);
            rest
        }
    }
}

/// What stands in a group that is opened before `text` and short, and what follows it.
fn group_end(text: &str) -> Option<(&str, &str)> {
    let head = text.as_bytes().within(..text.len().min(24));
    let close = memchr::memchr(b'}', head)?;
    Some((text.get(..close)?, text.get(close + 1..)?))
}

fn double_struck(letter: char) -> char {
    match letter {
        'N' => 'ℕ',
        'Z' => 'ℤ',
        'Q' => 'ℚ',
        'R' => 'ℝ',
        'C' => 'ℂ',
        'P' => 'ℙ',
        'E' => '𝔼',
        other => other,
    }
}

/// Pairs: a character and its superscript.
const SUPERSCRIPTS: &str = "0⁰1¹2²3³4⁴5⁵6⁶7⁷8⁸9⁹+⁺-⁻=⁼(⁽)⁾nⁿiⁱTᵀkᵏjʲxˣ";
/// Pairs: a character and its subscript.
const SUBSCRIPTS: &str = "0₀1₁2₂3₃4₄5₅6₆7₇8₈9₉+₊-₋=₌(₍)₎iᵢjⱼkₖnₙmₘxₓtₜaₐeₑoₒpₚ";

/// Commands that are names of functions.
const FUNCTIONS: [&str; 16] =
    ["log", "ln", "exp", "sin", "cos", "tan", "min", "max", "lim", "det", "dim", "gcd", "arg", "Pr", "sup", "inf"];

/// Commands and their characters, sorted.
const SYMBOLS: [(&str, &str); 79] = [
    ("Delta", "Δ"),
    ("Gamma", "Γ"),
    ("Lambda", "Λ"),
    ("Leftarrow", "⇐"),
    ("Leftrightarrow", "⇔"),
    ("Omega", "Ω"),
    ("Phi", "Φ"),
    ("Pi", "Π"),
    ("Psi", "Ψ"),
    ("Rightarrow", "⇒"),
    ("Sigma", "Σ"),
    ("Theta", "Θ"),
    ("alpha", "α"),
    ("approx", "≈"),
    ("ast", "∗"),
    ("beta", "β"),
    ("cap", "∩"),
    ("cdot", "·"),
    ("cdots", "⋯"),
    ("chi", "χ"),
    ("circ", "∘"),
    ("cup", "∪"),
    ("delta", "δ"),
    ("dots", "…"),
    ("ell", "ℓ"),
    ("emptyset", "∅"),
    ("epsilon", "ε"),
    ("equiv", "≡"),
    ("eta", "η"),
    ("exists", "∃"),
    ("forall", "∀"),
    ("gamma", "γ"),
    ("ge", "≥"),
    ("geq", "≥"),
    ("iff", "⇔"),
    ("implies", "⇒"),
    ("in", "∈"),
    ("infty", "∞"),
    ("int", "∫"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("land", "∧"),
    ("langle", "⟨"),
    ("lceil", "⌈"),
    ("ldots", "…"),
    ("le", "≤"),
    ("leftarrow", "←"),
    ("leq", "≤"),
    ("lfloor", "⌊"),
    ("lor", "∨"),
    ("mapsto", "↦"),
    ("mid", "|"),
    ("mu", "μ"),
    ("nabla", "∇"),
    ("ne", "≠"),
    ("neg", "¬"),
    ("neq", "≠"),
    ("notin", "∉"),
    ("nu", "ν"),
    ("omega", "ω"),
    ("oplus", "⊕"),
    ("partial", "∂"),
    ("phi", "φ"),
    ("pi", "π"),
    ("pm", "±"),
    ("prod", "∏"),
    ("psi", "ψ"),
    ("quad", "  "),
    ("rangle", "⟩"),
    ("rceil", "⌉"),
    ("rfloor", "⌋"),
    ("rho", "ρ"),
    ("rightarrow", "→"),
    ("sigma", "σ"),
    ("sim", "∼"),
    ("subset", "⊂"),
    ("subseteq", "⊆"),
    ("sum", "∑"),
    ("times", "×"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_read_as_text() {
        let cases = [
            (r"\frac{a+1}{b}", "(a+1)/(b)"),
            (r"x^2 + y_{10} \le \alpha", "x² + y₁₀ ≤ α"),
            (r"\sum_{i=1}^n x_i", "∑ᵢ₌₁ⁿ xᵢ"),
            (r"f: \mathbb{R} \rightarrow \mathbb{N}", "f: ℝ → ℕ"),
            (r"\sqrt{\frac{1}{2}}", "√((1)/(2))"),
            (r"\text{if } x \unknown y", r"if x \unknown y"),
            (r"e^{i\pi x}", "e^iπ x"),
            (r"{{{", ""),
            (r"}\frac{", "}("),
            ("\\", ""),
        ];
        for (formula, text) in cases {
            assert_eq!(readable(formula), text, "{formula}");
        }
    }

    #[test]
    fn the_symbols_are_sorted() {
        assert!(SYMBOLS.is_sorted_by_key(|&(name, _)| name));
    }
}

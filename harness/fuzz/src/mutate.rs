//! Mutates an input at random, knowing what inputs are made of.

use loopswap_statistics::SplitMix64;

/// Inputs do not grow beyond this, in bytes.
const LENGTH_MAX: usize = 1 << 18;
/// Most mutations of one input.
const CHANGES_MAX: usize = 6;

/// Numbers at the limits of arithmetic, and some texts that look like numbers but are not.
const NUMBERS: [&str; 31] = [
    "0",
    "1",
    "-1",
    "2",
    "7",
    "255",
    "256",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0.5",
    "-0.0",
    "1e-320",
    "1e18",
    "1e308",
    "1e999",
    "-1e308",
    "00",
    "null",
    "true",
];
/// Texts with a meaning where they should have none.
const TEXTS: [&str; 14] = [
    "",
    " ",
    "\\n",
    "\\u0000",
    "\\u001b[2J",
    "\u{202e}",
    "é漢字",
    "|",
    "`",
    "{\\\"gate\\\":1}",
    "\\ud800",
    "a/b",
    "../..",
    "%00",
];

/// Draws changed inputs.
pub struct Mutator<'a> {
    random: SplitMix64,
    seeds: &'a [Vec<u8>],
    words: &'a [&'a str],
}

impl<'a> Mutator<'a> {
    /// The input number `number` of those that `seed` gives.
    #[must_use]
    pub fn new(seed: u64, number: u64, seeds: &'a [Vec<u8>], words: &'a [&'a str]) -> Self {
        Mutator { random: SplitMix64::for_part(seed, number), seeds, words }
    }

    /// A good input with one to a few changes.
    pub fn draw(&mut self) -> Vec<u8> {
        let mut input = self.seeds.get(self.random.below(self.seeds.len())).cloned().unwrap_or_default();
        for _ in 0..=self.random.below(CHANGES_MAX) {
            self.change(&mut input);
            input.truncate(LENGTH_MAX);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        match self.random.below(16) {
            0 => self.flip(input),
            1 => self.replace(input, 1),
            2 => self.cut(input),
            3 => self.repeat(input),
            4 => self.line(input),
            5 => self.insert_word(input),
            6 => self.splice(input),
            7 | 8 => self.text(input),
            9 => self.key(input),
            _ => self.number(input),
        }
    }

    /// A part of the input: where it begins and ends.
    fn part(&mut self, input: &[u8]) -> (usize, usize) {
        let at = self.random.below(input.len());
        // Short parts more often than long ones.
        let most = (input.len() - at).min(1 << self.random.below(14));
        (at, at + self.random.below(most + 1))
    }

    fn flip(&mut self, input: &mut [u8]) {
        if !input.is_empty() {
            let at = self.random.below(input.len());
            input[at] ^= 1 << self.random.below(8);
        }
    }

    fn replace(&mut self, input: &mut [u8], count: usize) {
        for _ in 0..count.min(input.len()) {
            let at = self.random.below(input.len());
            input[at] = self.random.next_u64() as u8;
        }
    }

    fn cut(&mut self, input: &mut Vec<u8>) {
        let (from, to) = self.part(input);
        input.drain(from..to);
    }

    fn repeat(&mut self, input: &mut Vec<u8>) {
        let (from, to) = self.part(input);
        let again = input[from..to].to_vec();
        for _ in 0..=self.random.below(3) {
            input.splice(to..to, again.iter().copied());
        }
    }

    /// A line is removed, repeated, or moved.
    fn line(&mut self, input: &mut Vec<u8>) {
        let mut lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
        if lines.is_empty() {
            return;
        }
        let (from, to) = (self.random.below(lines.len()), self.random.below(lines.len()));
        match self.random.below(3) {
            0 => drop(lines.remove(from)),
            1 => lines.insert(to, lines[from]),
            _ => lines.swap(from, to),
        }
        *input = lines.concat();
    }

    fn insert_word(&mut self, input: &mut Vec<u8>) {
        if let Some(word) = self.words.get(self.random.below(self.words.len())) {
            let at = self.random.below(input.len() + 1);
            input.splice(at..at, word.bytes());
        }
    }

    /// Inserts a part of another valid input.
    fn splice(&mut self, input: &mut Vec<u8>) {
        let Some(other) = self.seeds.get(self.random.below(self.seeds.len())) else { return };
        let (from, to) = self.part(other);
        let (at, end) = self.part(input);
        input.splice(at..end, other[from..to].iter().copied());
    }

    /// A number becomes another one, or one of its digits changes.
    fn number(&mut self, input: &mut Vec<u8>) {
        let is_digit = |at: usize| input[at].is_ascii_digit();
        let Some((from, to)) = self.run_of(input, is_digit) else { return };
        let number = NUMBERS[self.random.below(NUMBERS.len())];
        if self.random.below(3) == 0 {
            input[from] = b'0' + self.random.below(10) as u8;
        } else {
            input.splice(from..to, number.bytes());
        }
    }

    /// A quoted text becomes something else.
    fn text(&mut self, input: &mut Vec<u8>) {
        let inside = |at: usize| input[at] != b'"' && input[at] != b'\n';
        let Some((from, to)) = self.run_of(input, inside) else { return };
        if self.random.below(2) == 0 && !self.words.is_empty() {
            let word = self.words[self.random.below(self.words.len())];
            input.splice(from..to, word.bytes());
        } else if self.random.below(8) == 0 {
            input.splice(from..to, std::iter::repeat_n(b'x', 1 << self.random.below(14)));
        } else {
            input.splice(from..to, TEXTS[self.random.below(TEXTS.len())].bytes());
        }
    }

    /// A field of an object is removed, with its value if that is short.
    fn key(&mut self, input: &mut Vec<u8>) {
        let after_comma = |at: usize| input[at] != b',' && input[at] != b'\n';
        let Some((from, to)) = self.run_of(input, after_comma) else { return };
        let to = (to + 1).min(input.len());
        input.drain(from..to);
    }

    /// The stretch around a random place in which every byte passes; looks a little ahead for one.
    fn run_of(&mut self, input: &[u8], passes: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
        if input.is_empty() {
            return None;
        }
        let begin = self.random.below(input.len());
        let at = (begin..input.len().min(begin + 64)).find(|at| passes(*at))?;
        let from = (0..at).rev().take_while(|at| passes(*at)).last().unwrap_or(at);
        let to = (at..input.len()).find(|at| !passes(*at)).unwrap_or(input.len());
        Some((from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_numbers_give_the_same_input_and_others_give_others() {
        let seeds = [b"{\"ops\":12,\"name\":\"x\"}\n[1,2,3]\n".to_vec()];
        let draw = |seed, number| Mutator::new(seed, number, &seeds, &["word"]).draw();
        assert_eq!(draw(1, 2), draw(1, 2));
        let inputs: std::collections::BTreeSet<_> = (0..2000).map(|number| draw(1, number)).collect();
        assert!(inputs.len() > 1500, "{}", inputs.len());
        let changed = |of: &dyn Fn(&str) -> bool| inputs.iter().any(|input| of(&String::from_utf8_lossy(input)));
        assert!(changed(&|text| text.contains("18446744073709551615")) && changed(&|text| text.contains("word")));
        assert!(changed(&|text| !text.contains("[1,2,3]")) && changed(&|text| text.matches("[1,2,3]").count() > 1));
    }

    #[test]
    fn nothing_to_change_is_no_error() {
        for number in 0..2000 {
            let _ = Mutator::new(3, number, &[Vec::new()], &[]).draw();
            assert!(Mutator::new(3, number, &[], &[]).draw().is_empty());
        }
    }
}

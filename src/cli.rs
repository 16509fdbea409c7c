//! What can be typed: the commands and their options.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::clock::parse_day;
use crate::queue::Order;
use crate::schedule::Grade;

const EXAMPLES: &str = "\
Every morning:
  study due                      what is due today, oldest first
  study review                   go through it: recall, then grade with 1 to 4
  study stats                    streak, retention, what is coming

One note:
  study review \"SQL joins\" --grade good
  study history \"SQL joins\"      every review of it
  study undo                     take the last review back, byte for byte

The vault is --vault DIR, else STUDY_VAULT, else the nearest folder from here
upwards that holds .obsidian or .study, else `vault` in the user's config.";

/// Spaced repetition for a folder of Markdown notes.
#[derive(Debug, Parser)]
#[command(name = "study", version, about, after_help = EXAMPLES, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true, args_override_self = true)]
pub struct Cli {
    #[command(flatten)]
    /// Options of every command.
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that stand before or after any command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The vault: a folder of Markdown notes (else STUDY_VAULT, else found from here upwards).
    #[arg(long, value_name = "DIR", global = true, value_hint = ValueHint::DirPath, help_heading = "Global options")]
    pub vault: Option<PathBuf>,
    /// Take DATE for today: for trials and scripts.
    #[arg(long, value_name = "DATE", global = true, value_parser = parse_day, help_heading = "Global options")]
    pub today: Option<NaiveDate>,
    /// When to use colours: auto (on a terminal, unless NO_COLOR is set), always or never.
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto", help_heading = "Global options")]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    pub color: ColorWhen,
    /// Say nothing about problems in notes that do not matter to the command.
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub quiet: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

// The types of the core know nothing of the command line: here is how their values are typed.

impl ValueEnum for Grade {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let key = match self {
            Self::Again => "1",
            Self::Hard => "2",
            Self::Good => "3",
            Self::Easy => "4",
        };
        Some(PossibleValue::new(self.word()).alias(key))
    }
}

impl ValueEnum for Order {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Due, Self::Random, Self::Easiest, Self::Hardest, Self::Overdueness]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (word, help) = match self {
            Self::Due => ("due", "The longest due first"),
            Self::Random => ("random", "In no order"),
            Self::Easiest => ("easiest", "The highest ease first"),
            Self::Hardest => ("hardest", "The lowest ease first"),
            Self::Overdueness => ("overdueness", "The most days overdue for their interval first"),
        };
        Some(PossibleValue::new(word).help(help))
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List what is due today and overdue, then what is new.
    Due(DueArgs),
    /// Review notes: recall, look, grade.
    Review(ReviewArgs),
    /// Show streak, reviews, retention, forecast and difficult notes.
    Stats(StatsArgs),
    /// Take back the last reviews, byte for byte.
    Undo(UndoArgs),
    /// List what is wrong with notes, settings and the review log.
    Check(CheckArgs),
    /// Mend schedule lines that can be mended with certainty.
    Fix(FixArgs),
    /// Show every review of a note.
    History(HistoryArgs),
    /// Take notes out of the queue until they are resumed.
    Suspend(NotesArgs),
    /// Put suspended notes back into the queue.
    Resume(NotesArgs),
    /// Explain how the next dates of a note come about.
    Why(WhyArgs),
    /// Show roadmaps: what is learned, what is being forgotten, what is left.
    Roadmap(RoadmapArgs),
    /// Show the next thing to learn, with what to learn it from.
    Next(NextArgs),
    /// Tick a topic of a roadmap: `[x]`.
    Done(TickArgs),
    /// Mark a topic of a roadmap as begun: `[/]`.
    Begin(TickArgs),
    /// Put notes under review: by name, or as those behind topics.
    Add(AddArgs),
    /// Make a note for a topic that has none.
    Note(NoteArgs),
    /// Show every setting and where it comes from.
    Config(ConfigArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page, of `study` or of one command.
    Man(ManArgs),
}

impl Command {
    /// Whether it prints data, which is UTF-8 whatever the locale says.
    pub fn is_data(&self) -> bool {
        match self {
            Self::Due(args) => args.json,
            Self::Stats(args) => args.json,
            Self::Roadmap(args) => args.json,
            Self::Next(args) => args.json,
            Self::Check(args) => args.json,
            Self::History(args) => args.json,
            Self::Config(args) => args.json,
            _ => false,
        }
    }
}

/// Which notes: shared by the commands that go through the queue.
#[derive(Clone, Debug, Default, Args)]
pub struct FilterArgs {
    /// Only notes in this folder of the vault.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<String>,
    /// Only notes with this tag or one below it.
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Only notes of this deck: a review tag.
    #[arg(long, value_name = "DECK")]
    pub deck: Option<String>,
}

impl FilterArgs {
    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.folder.is_none() && self.tag.is_none() && self.deck.is_none()
    }
}

/// `study due`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  study due --count              a number for a prompt or a status bar
  study due --until 2026-02-01   what comes until then, too
  study due --json | jq -r '.due[].path'")]
pub struct DueArgs {
    /// Also list everything that is scheduled for later.
    #[arg(long, conflicts_with = "until")]
    pub all: bool,
    /// List only what is new.
    #[arg(long, conflicts_with_all = ["all", "until"])]
    pub new: bool,
    /// Also list what is suspended, or buried until tomorrow.
    #[arg(long, conflicts_with_all = ["new", "count"])]
    pub aside: bool,
    /// Also list what is due until DATE.
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub until: Option<NaiveDate>,
    #[command(flatten)]
    /// Which notes.
    pub filter: FilterArgs,
    /// In the order of `study review`, for which all links are read; else notes of one day stand by path.
    #[arg(long)]
    pub ranked: bool,
    /// List at most N notes of each kind.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print only how many notes are due (with --new: how many are new).
    #[arg(long, conflicts_with = "json")]
    pub count: bool,
    /// Print JSON (docs/json.md).
    #[arg(long)]
    pub json: bool,
}

/// `study review`
#[derive(Debug, Args)]
#[command(after_help = "\
Grades:
  1 again   forgotten: seen again today
  2 hard    recalled with trouble: the interval gets shorter
  3 good    recalled: the interval is multiplied by the ease
  4 easy    recalled at once: a longer interval, a higher ease

Examples:
  study review                           everything due, then what is new
  study review --limit 10
  study review \"SQL joins\" --grade good
  study review notes/tcp.md --grade hard --dry-run
  echo 3 | study review --limit 1        a line for each answer, for scripts")]
pub struct ReviewArgs {
    /// Notes to review: a path, a path in the vault, or the name of a note. Without one: what is due, then what is new.
    #[arg(value_name = "NOTE", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["folder", "tag", "deck", "limit", "new"])]
    pub notes: Vec<String>,
    /// Grade the named notes without asking: again, hard, good or easy.
    #[arg(long, value_name = "GRADE", requires = "notes", ignore_case = true, hide_possible_values = true)]
    pub grade: Option<Grade>,
    /// Also review named notes that are not due yet.
    #[arg(long, requires = "notes")]
    pub early: bool,
    /// Show what would change in the notes, and change nothing.
    #[arg(long, requires = "grade")]
    pub dry_run: bool,
    #[command(flatten)]
    /// Which notes.
    pub filter: FilterArgs,
    /// Review at most N notes.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Offer at most N new notes.
    #[arg(long, value_name = "N")]
    pub new: Option<usize>,
    /// Offer no further note after N minutes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub minutes: Option<u32>,
    /// In no order: short for --order random.
    #[arg(long, conflicts_with = "order")]
    pub random: bool,
    /// In which order: by due date unless set otherwise.
    #[arg(long, value_name = "ORDER", ignore_case = true)]
    pub order: Option<Order>,
    /// Ask line by line instead of on a full screen.
    #[arg(long)]
    pub plain: bool,
}

/// `study stats`
#[derive(Debug, Args)]
pub struct StatsArgs {
    /// How the branches of a roadmap are remembered, and the weakest three.
    #[arg(long, value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub roadmap: Option<String>,
    /// Print JSON (docs/json.md).
    #[arg(long)]
    pub json: bool,
}

/// `study roadmap`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  study roadmap                          all roadmaps of the vault
  study roadmap \"Backend roadmap\"        its tree: bars, states, what is due or fading
  study roadmap backend --open --depth 2
  study roadmap backend --chart          topics done by week, and when all would be")]
pub struct RoadmapArgs {
    /// The roadmap: any note with an outline. Without one: all notes that are roadmaps.
    #[arg(value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub note: Option<String>,
    /// Show N levels of topics.
    #[arg(long, value_name = "N", requires = "note", value_parser = clap::value_parser!(u16).range(1..))]
    pub depth: Option<u16>,
    /// Show only what is open or begun.
    #[arg(long, requires = "note")]
    pub open: bool,
    /// Show only topics whose notes are due, fading or forgotten.
    #[arg(long, requires = "note")]
    pub weak: bool,
    /// Show what was done week by week, from the log, the note and git, and when all would be done.
    #[arg(long, requires = "note")]
    pub chart: bool,
    /// Print JSON (docs/json.md).
    #[arg(long)]
    pub json: bool,
}

/// `study next`
#[derive(Debug, Args)]
#[command(after_help = "\
Next is the first open topic whose prerequisites are not forgotten: the notes of
the topics above it in its branch, and its own. On a terminal a number opens one
of its resources.

Examples:
  study next
  study next \"Backend roadmap\" --open 1")]
pub struct NextArgs {
    /// The roadmap. Without one: the one in which something was done last.
    #[arg(value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub note: Option<String>,
    /// Open the N-th resource instead of showing the topic.
    #[arg(long, value_name = "N", conflicts_with = "json")]
    pub open: Option<usize>,
    /// Print JSON (docs/json.md).
    #[arg(long)]
    pub json: bool,
}

/// `study done` and `study begin`
#[derive(Debug, Args)]
#[command(after_help = "\
Exactly one character of the note changes: the one between the brackets.
`study undo` takes it back.

Examples:
  study done \"What is HTTP?\"
  study begin \"Backend roadmap#Databases > SQL\"
  study done \"Backend roadmap#:12\"       what stands on line 12")]
pub struct TickArgs {
    /// The topic: its title, the start or a part of it, `BRANCH > TOPIC`, `:LINE`; behind `ROADMAP#` to say where.
    #[arg(value_name = "TOPIC")]
    pub topic: String,
    /// The roadmap.
    #[arg(long, value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub roadmap: Option<String>,
    /// Show what would change in the note, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `study add`
#[derive(Debug, Args)]
#[command(after_help = "\
A note gets the three schedule keys with nothing behind them: it is new, and
`study review` offers it. `study undo` takes it back.

Examples:
  study add \"SQL joins\"
  study add \"Backend roadmap#SQL\"        the note that the topic links to
  study add --done-topics \"Backend roadmap\"")]
pub struct AddArgs {
    /// Notes, or topics as ROADMAP#TOPIC.
    #[arg(value_name = "NOTE", value_hint = ValueHint::FilePath, required_unless_present = "done_topics")]
    pub notes: Vec<String>,
    /// The notes of all done topics of a roadmap.
    #[arg(long, value_name = "ROADMAP", value_hint = ValueHint::FilePath)]
    pub done_topics: Option<String>,
    /// Show what would change in the notes, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `study note`
#[derive(Debug, Args)]
#[command(after_help = "\
The note lies beside the roadmap and holds a heading, what to learn the topic
from, and a link back. A file that is there is never touched.

Examples:
  study note \"What is HTTP?\"
  study note \"Backend roadmap#Caching\" --yes")]
pub struct NoteArgs {
    /// The topic, as for `study done`.
    #[arg(value_name = "TOPIC")]
    pub topic: String,
    /// The roadmap.
    #[arg(long, value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub roadmap: Option<String>,
    /// Make it without asking.
    #[arg(long, short)]
    pub yes: bool,
    /// Put it under review at once.
    #[arg(long)]
    pub review: bool,
    /// Show the note, and make nothing.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
}

/// `study undo`
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// How many steps to take back.
    #[arg(value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub steps: u32,
    /// Only what was done with NOTE, whatever was done with other notes since.
    #[arg(long, value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub note: Option<String>,
    /// Show what would be taken back, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `study check`
#[derive(Debug, Args)]
#[command(after_help = "\
One problem a line, as compilers print them: PATH:LINE:COLUMN: what is wrong; what to do [code].
The exit status is 1 if there is any problem.

Examples:
  study check
  study check \"SQL joins\"
  study check --json | jq -r '.problems[] | select(.fix) | .path'")]
pub struct CheckArgs {
    /// Check only these notes: a path, a path in the vault, or the name of a note.
    #[arg(value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub notes: Vec<String>,
    /// List every problem, also where there are very many of a kind.
    #[arg(long)]
    pub all: bool,
    /// Print JSON (docs/json.md).
    #[arg(long, conflicts_with = "all")]
    pub json: bool,
}

/// `study fix`
#[derive(Debug, Args)]
#[command(after_help = "\
What is mended, and nothing else:
  a schedule that stands there twice     the last complete one stays
  a date that can mean one day only      written as YYYY-MM-DD
  NaN and Invalid date                   deleted: the note becomes new
  a schedule that nobody reads           put where it is read: from below blank lines, comments or another
                                         block, behind a second byte order mark, with doubled line ends
  with --ease-x100: an ease like 2.5     becomes 250

Examples:
  study fix --dry-run     the changes as a unified diff
  study fix               the same, then asks
  study fix --yes         for scripts
  study undo              takes all of it back
  study fix --rebuild     writes lost schedules again, from the review log")]
pub struct FixArgs {
    /// Mend only these notes: a path, a path in the vault, or the name of a note.
    #[arg(value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub notes: Vec<String>,
    /// Do not ask.
    #[arg(long, short, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Show what would change in the notes, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Take an ease below 10 for a factor, and turn it into a percentage.
    #[arg(long)]
    pub ease_x100: bool,
    /// Write schedules that notes have lost, as the review log has them.
    #[arg(long, conflicts_with = "ease_x100")]
    pub rebuild: bool,
}

/// `study history`
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The note: a path, a path in the vault, or its name.
    #[arg(value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub note: String,
    /// Print JSON (docs/json.md).
    #[arg(long)]
    pub json: bool,
}

/// `study suspend`, `study resume`
#[derive(Debug, Args)]
pub struct NotesArgs {
    /// The notes: paths, paths in the vault, or names.
    #[arg(value_name = "NOTE", value_hint = ValueHint::FilePath, required = true)]
    pub notes: Vec<String>,
}

/// `study why`
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// The note: a path, a path in the vault, or its name.
    #[arg(value_name = "NOTE", value_hint = ValueHint::FilePath)]
    pub note: String,
}

/// `study config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print JSON (docs/json.md).
    #[arg(long)]
    pub json: bool,
}

/// `study completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// `study man`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  study man | man -l -
  study man review > study-review.1")]
pub struct ManArgs {
    /// The command to print the page of.
    pub command: Option<String>,
}

//! What is left out of the list whatever kind it is of: what is decided, accepted or does not matter. Which rows that is, a
//! worker finds out, since it is a walk over all that is listed.

use super::Tree;
use super::gutter::Gutter;
use super::rows::Bits;
use super::sieve::{Job, Listed, Purpose};
use crate::assess::Judged;
use crate::compare::{Comparison, RowId};
use std::sync::Arc;

/// What is left out whatever kind it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeavesOut {
    /// What is decided in the review.
    pub decided: bool,
    /// What somebody has accepted.
    pub accepted: bool,
    /// What the policy says does not matter.
    pub ignored: bool,
}

impl Default for LeavesOut {
    /// What does not matter, and nothing else.
    fn default() -> Self {
        Self { decided: false, accepted: false, ignored: true }
    }
}

/// What a job is to leave out.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// What.
    pub what: LeavesOut,
    /// The rows that are decided, ascending.
    pub decided: Arc<[RowId]>,
    /// The rows that were left out before, if there are any.
    pub before: Option<Arc<Bits>>,
}

impl Leaving {
    /// The leaves that are left out, by what they are left out for.
    fn leaves<'a>(&'a self, judged: Option<&'a Judged>) -> [&'a [RowId]; 3] {
        let assessment = judged.map(|judged| &judged.assessment);
        let accepted = assessment.filter(|_| self.what.accepted).map_or(&[][..], |a| a.accepted());
        let ignored = assessment.filter(|_| self.what.ignored).map_or(&[][..], |a| a.ignored());
        [if self.what.decided { &self.decided } else { &[] }, accepted, ignored]
    }

    /// Whether nothing is left out, and nothing was.
    fn is_idle(&self, judged: Option<&Judged>) -> bool {
        self.before.is_none() && self.leaves(judged).iter().all(|leaves| leaves.is_empty())
    }

    /// The rows that are left out, if there are any.
    pub fn rows(&self, comparison: &Comparison, judged: Option<&Judged>) -> Option<Arc<Bits>> {
        let mut leaves = self.leaves(judged).concat();
        leaves.sort_unstable();
        leaves.dedup();
        if leaves.is_empty() {
            return None;
        }
        let mut hidden = Bits::new(comparison.row_count());
        let before = |row: RowId| leaves.partition_point(|leaf| *leaf < row);
        for leaf in &leaves {
            hidden.put(*leaf, true);
            let mut above = comparison.parent(*leaf);
            // A branch with nothing else beneath it is left out with them.
            while above != Comparison::TOP
                && !hidden.has(above)
                && before(comparison.end(above)) - before(above) == comparison.tally(above).leaves as usize
            {
                hidden.put(above, true);
                above = comparison.parent(above);
            }
        }
        Some(Arc::new(hidden))
    }
}

impl Tree {
    /// The marks of the review that is open.
    pub fn gutter(&self) -> Option<&Gutter> {
        self.gutter.as_ref()
    }

    /// Lays the marks of a review beside the rows.
    pub fn set_gutter(&mut self, gutter: Gutter) -> Option<Job> {
        self.gutter = Some(gutter);
        self.leave_again()
    }

    /// Takes the marks away: no review is open any more.
    pub fn take_gutter(&mut self) -> Option<Job> {
        self.gutter = None;
        self.leave_again()
    }

    /// Whether what is decided in the review is left out.
    pub fn leaves_out_decided(&self) -> bool {
        self.leaves_out.decided
    }

    /// Leaves out what is decided in the review, or lists it again.
    pub fn leave_out_decided(&mut self, on: bool) -> Option<Job> {
        self.leave_out(LeavesOut { decided: on, ..self.leaves_out })
    }

    /// What is left out whatever kind it is of.
    pub fn leaves_out(&self) -> LeavesOut {
        self.leaves_out
    }

    /// Leaves out what the user has no mind to see again, and lists the rest, once the answer to the job is there.
    pub fn leave_out(&mut self, what: LeavesOut) -> Option<Job> {
        self.leaves_out = what;
        self.leave_again()
    }

    /// Asks for what is left out now.
    pub(super) fn leave_again(&mut self) -> Option<Job> {
        if self.leaving(None).is_idle(self.judged.as_deref()) {
            return None;
        }
        let query = self.asked.clone().filter(|_| self.busy);
        Some(self.job_again(query))
    }

    /// What a query leaves out, or the filter in force where there is none.
    pub(super) fn leaving(&self, query: Option<&(Purpose, String)>) -> Leaving {
        Leaving {
            what: self.leaves_out_for(query),
            decided: self.gutter.as_ref().map_or_else(|| Arc::from([]), Gutter::decided_rows),
            before: self.hidden.clone(),
        }
    }

    /// Who filters for what is accepted or ignored wants to see it.
    pub(super) fn leaves_out_for(&self, query: Option<&(Purpose, String)>) -> LeavesOut {
        let is_on = self.editing.is_some() || self.filter().is_none_or(|(_, on)| on);
        let typed = query.filter(|(purpose, _)| *purpose == Purpose::Filter).map(|(_, text)| text.as_str());
        let text = typed.or(self.filter().map(|(text, _)| text)).filter(|_| is_on).unwrap_or_default();
        let LeavesOut { decided, accepted, ignored } = self.leaves_out;
        let (accepted, ignored) = (accepted && !text.contains("accepted"), ignored && !text.contains("ignored"));
        LeavesOut { decided, accepted, ignored }
    }

    /// All that is listed, and all that the filter lets through: what is to be listed anew where something else is left
    /// out or other kinds are listed.
    pub(super) fn listed(&self) -> (Listed, Option<Listed>) {
        let base = Listed { shown: self.base.shown(), loose: self.base.loose().to_vec(), matched: None };
        let kept = self.filter.as_ref().map(|kept| Listed {
            shown: kept.found.listing.shown(),
            loose: kept.found.listing.loose().to_vec(),
            matched: Some(Arc::clone(&kept.found.matched)),
        });
        (base, kept)
    }
}

#[cfg(test)]
mod tests {
    use crate::assess::Ruling;
    use crate::policy;
    use crate::risk::Rules;
    use crate::tui::fixture::{Screenplay, of};
    use crate::tui::keys::keys;
    use crate::tui::message::{Effect, Message};
    use crate::tui::update;
    use std::sync::Arc;

    const LEFT: &str = r#"{"dns":{"hosts":{"a":1,"b":1},"search":"a"},"os":{"zone":"UTC","zulu":1}}"#;
    const RIGHT: &str = r#"{"dns":{"hosts":{"a":2,"b":2},"search":"b"},"os":{"zone":"CET","zulu":1}}"#;
    const POLICY: &str =
        "[[relation]]\npath = \"dns.hosts.**\"\nmust = \"ignore\"\nreason = \"generated at each start\"\n";

    fn play() -> Screenplay {
        let mut play = of(&[("staging", LEFT), ("production", RIGHT)], (100, 30));
        let policy = policy::parse(POLICY).unwrap_or_else(|wrong| panic!("{wrong:#?}")).0;
        play.model.ruling = Arc::new(Ruling { policy, rules: Rules::builtin().clone(), ..Ruling::default() });
        play.judge();
        play
    }

    fn lists(play: &Screenplay, name: &str) -> bool {
        play.screen().lines().any(|line| line.contains(&format!(" {name}  ")))
    }

    #[test]
    fn what_does_not_matter_is_listed_where_it_is_asked_for() {
        let mut play = play();
        let mut steps = Vec::new();
        for typed in
            ["", "tg", "tg", "/is:ignored", "<esc>", "/is:ignored<enter>", "\\", "\\", "/<c-u><enter>", ":fresh<enter>"]
        {
            play.press(typed);
            steps.push((typed, lists(&play, "hosts"), lists(&play, "search")));
        }
        assert_eq!(
            steps,
            [
                ("", false, true),
                ("tg", true, true),
                ("tg", false, true),
                ("/is:ignored", true, false),
                ("<esc>", false, true),
                ("/is:ignored<enter>", true, false),
                ("\\", false, true),
                ("\\", true, false),
                ("/<c-u><enter>", false, true),
                (":fresh<enter>", false, true),
            ]
        );
    }

    #[test]
    fn a_filter_that_is_kept_keeps_its_folds() {
        let mut play = play();
        play.press("/a<enter>tg");
        let dns = play.model.tree.comparison().find(&"dns".parse().expect("a path")).expect("a row");
        play.model.tree.select(dns);
        play.press("h");
        assert!(!lists(&play, "hosts"), "{}", play.screen());
        play.press("tgtg");
        let lists = |name| lists(&play, name);
        assert!(lists("dns") && !lists("hosts") && !lists("search"), "{}", play.screen());
        assert_eq!(play.model.tree.filter(), Some(("a", true)));
    }

    #[test]
    fn what_is_asked_meanwhile_is_answered_with_the_filter_that_is_on_its_way() {
        let mut play = play();
        let typed = keys("/zone<enter>tg");
        let asked: Vec<Effect> = typed.into_iter().flat_map(|key| update(&mut play.model, Message::Key(key))).collect();
        // Only the latest is answered.
        let last = asked.into_iter().rfind(|effect| matches!(effect, Effect::Sieve(_)));
        play.perform(last.into_iter().collect());
        assert!(lists(&play, "zone") && !lists(&play, "search"), "{}", play.screen());
        assert!(!play.model.is_busy() && play.model.tree.filter() == Some(("zone", true)));
        play.press("/<c-u><enter>");
        assert!(lists(&play, "hosts") && lists(&play, "search"), "{}", play.screen());
    }
}

use std::collections::BTreeMap;

use super::*;

/// Lists of random histories that are read.
const SCHEDULES: u64 = 500;

/// A log as a service has it: events by key with their moment, the newest first.
struct Log {
    events: Vec<(i64, u64)>,
    now: i64,
    next: u64,
    counts: bool,
}

impl Log {
    fn add(&mut self, at: i64) {
        let place = self.events.partition_point(|(other, _)| *other > at);
        self.events.insert(place, (at, self.next));
        self.next += 1;
    }

    /// Few moments for many events, so that ends of pages fall between events of one moment.
    fn happen(&mut self, dice: &mut fastrand::Rng, most: usize) {
        for _ in 0..dice.usize(..=most) {
            self.now += dice.i64(0..=1);
            self.add(self.now);
        }
    }

    fn page(
        &self,
        offset: usize,
        limit: usize,
        floor: i64,
        dice: &mut fastrand::Rng,
    ) -> (Vec<(i64, u64)>, Option<usize>) {
        let listed: Vec<_> = self.events.iter().filter(|(at, _)| *at >= floor).copied().collect();
        let mut rows: Vec<_> = listed.iter().skip(offset).take(limit).copied().collect();
        if rows.len() == limit && dice.u8(..8) == 0 {
            // The same row once more in the place of the last one; the service counts it among its rows.
            rows.pop();
            rows.extend(rows.last().copied());
        }
        (rows, self.counts.then_some(listed.len()))
    }
}

struct World {
    dice: fastrand::Rng,
    log: Log,
    here: BTreeMap<(i64, u64), usize>,
    late: HashSet<u64>,
    coverage: Coverage,
    floor: i64,
    limit: usize,
}

#[derive(Clone, Copy)]
struct Trouble {
    fails: u8,
    moves: bool,
    late: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        let limit = dice.usize(3..25);
        let counts = dice.u8(..4) > 0;
        let mut log = Log { events: Vec::new(), now: 1_000, next: 0, counts };
        log.happen(&mut dice, 200);
        let floor = dice.i64(900..1_050);
        Self { dice, log, here: BTreeMap::new(), late: HashSet::new(), coverage: Coverage::default(), floor, limit }
    }

    /// One run; whether it was told to have ended early.
    fn run(&mut self, trouble: Trouble) -> bool {
        let mut plan = Plan::new(self.coverage.clone(), self.floor, self.limit);
        let mut asked = 0;
        while let Some(offset) = plan.next() {
            asked += 1;
            assert!(asked < 5_000, "a run has an end: {plan:?}");
            if trouble.moves && self.dice.u8(..3) == 0 {
                self.log.happen(&mut self.dice, 4);
            }
            if trouble.fails > 0 && self.dice.u8(..) < trouble.fails {
                plan.failed("the API answered 503".into(), self.dice.u8(..4) > 0);
                continue;
            }
            let (rows, total) = self.log.page(offset, plan.rows(), self.floor, &mut self.dice);
            let mut sights = Vec::new();
            for (at, key) in rows {
                sights.push(Sight { key, at, known: self.here.contains_key(&(at, key)) });
            }
            for sight in &sights {
                *self.here.entry((sight.at, sight.key)).or_default() = 1;
            }
            let here = &self.here;
            if std::env::var("SEED").is_ok() {
                eprintln!(
                    "  offset {offset} {:?} total {total:?} {plan:?}",
                    sights.iter().map(|s| (s.at, s.known)).collect::<Vec<_>>()
                );
            }
            plan.took(&Page::new(sights, total), &|from, to| here.range((from, 0)..(to.max(from), 0)).count());
            if trouble.late && self.dice.u8(..6) == 0 {
                let at = self.dice.i64(self.floor..=self.log.now.max(self.floor));
                self.late.insert(self.log.next);
                self.log.add(at);
            }
        }
        self.coverage = plan.coverage();
        plan.failure().is_some()
    }

    /// What is neither here nor drawn. The count of the service tells of late events once there is no gap.
    fn lost(&self, among: &[(i64, u64)], broke: bool) -> Vec<(i64, u64)> {
        let gaps = self.coverage.gaps(self.floor);
        let newest = self.coverage.spans.first().map_or(i64::MIN, |span| span.newest);
        let is_drawn = |at: i64| broke && at >= newest || gaps.iter().any(|gap| (gap.from..=gap.to).contains(&at));
        let is_counted = |key: &u64| !self.late.contains(key) || (gaps.is_empty() && !broke);
        let wanted = among.iter().filter(|(at, key)| *at >= self.floor && is_counted(key));
        wanted.filter(|event| !self.here.contains_key(*event) && !is_drawn(event.0)).copied().collect()
    }
}

/// Rows that shift between pages, pages that fail, rows that come twice and events that come late: nothing is lost
/// without a gap that says so, nothing is here twice, and a quiet run closes every gap.
#[test]
fn g17_no_event_is_missing_without_a_gap_over_500_schedules() {
    for seed in std::env::var("SEED").map_or(0..SCHEDULES, |s| {
        let s: u64 = s.parse().unwrap();
        s..s + 1
    }) {
        let mut world = World::new(seed);
        let late = world.log.counts && world.dice.bool();
        for round in 0..6 {
            let fails = if world.dice.bool() { world.dice.u8(..120) } else { 0 };
            let before = world.log.events.clone();
            let trouble = Trouble { fails, moves: world.dice.bool(), late: late && round % 2 == 1 };
            let broke = world.run(trouble);
            let lost = world.lost(&before, broke);
            assert!(lost.is_empty(), "seed {seed}, round {round}: {lost:?} of {:?}", world.coverage);
            if std::env::var("SEED").is_ok() {
                eprintln!(
                    "round {round} broke {broke} {:?} lost {:?} limit {}",
                    world.coverage,
                    world.lost(&before, broke),
                    world.limit
                );
            }
            world.log.happen(&mut world.dice, 30);
        }
        for _ in 0..3 {
            world.run(Trouble { fails: 0, moves: false, late: false });
        }
        assert_eq!(world.coverage.gaps(world.floor), [], "seed {seed}: {:?}", world.coverage);
        let listed: Vec<_> = world.log.events.iter().filter(|(at, _)| *at >= world.floor).copied().collect();
        let missing: Vec<_> = listed.iter().filter(|event| !world.here.contains_key(*event)).collect();
        assert!(missing.is_empty(), "seed {seed}: {missing:?}");
        let known = world.here.keys().filter(|(at, _)| *at >= world.floor).count();
        assert_eq!(known, listed.len(), "seed {seed}");
    }
}

fn sights(range: impl DoubleEndedIterator<Item = i64>, known: bool) -> Vec<Sight> {
    range.rev().map(|at| Sight { key: at.cast_unsigned(), at, known }).collect()
}

#[test]
fn a_page_that_failed_is_a_gap_with_its_bounds_until_it_is_read() {
    let none = |_: i64, _: i64| 0;
    let mut plan = Plan::new(Coverage::default(), 0, 20);
    plan.took(&Page::new(sights(81..=100, false), None), &none);
    assert_eq!((plan.next(), plan.likely(20, Some(100))), (Some(10), Some(20)));
    plan.failed("the API answered 503".into(), true);
    assert_eq!(plan.next(), Some(30));
    plan.took(&Page::new(sights(51..=70, false), None), &none);
    plan.failed("cut off".into(), false);
    let gap = |from, to, why: &str| Gap { from, to, why: why.into() };
    let gaps = [gap(70, 81, "the API answered 503"), gap(0, 51, "cut off")];
    assert_eq!(plan.coverage().gaps(0), gaps);
    assert_eq!(plan.failure().map(Clean::as_str), Some("cut off"));
    // The next run joins the newest stretch by its overlap and goes on at the gap.
    let here = |from: i64, to: i64| (from..to).filter(|at| (51..=70).contains(at) || (81..=100).contains(at)).count();
    let mut plan = Plan::new(plan.coverage(), 0, 20);
    plan.took(&Page::new(sights(91..=110, false), None), &here);
    assert_eq!(plan.next(), Some(19), "of the stretch all but the overlap is passed over");
    assert_eq!(plan.coverage().spans.len(), 2);
}

#[test]
fn a_run_without_news_costs_one_page() {
    let spans = vec![Span { newest: 100, oldest: -1, why: "".into() }];
    let mut plan = Plan::new(Coverage { spans, missing: 0, searched: 0 }, 0, 20);
    plan.took(&Page::new(sights(81..=100, true), Some(101)), &|from, to| usize::try_from(to.min(101) - from).unwrap());
    assert_eq!((plan.next(), plan.coverage().gaps(0)), (None, vec![]));
}

#[test]
fn an_event_that_came_late_is_found_by_the_count_of_the_service() {
    let late = 700;
    let spans = vec![Span { newest: 4_000, oldest: -1, why: "".into() }];
    let mut plan = Plan::new(Coverage { spans, missing: 0, searched: 0 }, 0, 20);
    let (mut asked, mut found) = (0, false);
    while let Some(offset) = plan.next() {
        asked += 1;
        let listed = (0..=4_000).rev().skip(offset).take(20);
        let rows = listed.map(|at| Sight { key: at, at: at.cast_signed(), known: at != late || found }).collect();
        found |= (0..=4_000).rev().skip(offset).take(20).any(|at| at == late);
        let here = |from: i64, to: i64| {
            let late = late.cast_signed();
            (from..to.min(4_001)).filter(|at| *at != late || found).count()
        };
        plan.took(&Page::new(rows, Some(4_001)), &here);
    }
    assert!(found && asked < 16, "{asked} pages");
    assert_eq!(plan.coverage().missing, 0);
}

//! Where a schedule tries to go: one edge of the explorer's graph, and a way to it.

use std::sync::OnceLock;

use fastrand::Rng;
use venuekey::parts::LostSecretPolicy;

use crate::entry::Entry;
use crate::exempt::exempt;
use crate::explore::{Edge, Graph, Stride, Walk, graphs};

/// The graphs, explored once a process.
pub fn all_graphs() -> &'static [Graph] {
    static GRAPHS: OnceLock<Vec<Graph>> = OnceLock::new();
    GRAPHS.get_or_init(graphs)
}

/// Every edge that schedules can take, with the number of its graph.
fn targets() -> &'static [(usize, &'static Edge)] {
    static TARGETS: OnceLock<Vec<(usize, &'static Edge)>> = OnceLock::new();
    TARGETS.get_or_init(|| {
        let graphs = all_graphs().iter().enumerate();
        let edges = graphs.flat_map(|(number, graph)| graph.edges.keys().map(move |edge| (number, graph, edge)));
        edges.filter(|(_, graph, edge)| exempt(graph, edge).is_none()).map(|(number, _, edge)| (number, edge)).collect()
    })
}

/// A way through a graph that a schedule tries to follow.
pub struct Itinerary {
    walk: &'static Walk,
    /// How many of its strides have been made.
    done: usize,
    /// How often the one at hand has been.
    repeated: u32,
    /// How many more wishes are granted.
    left: u32,
}

/// So many waits use the schedules up (core's `WaitReason`): of the first, and of all others.
const WAITS: (&str, u32, u32) = ("wait key_not_ready", 17, 6);

impl Itinerary {
    /// The graph of a schedule and, for two schedules in three, the edge that is its turn.
    pub fn of_schedule(seed: u64, rng: &mut Rng) -> (&'static Graph, Option<Self>) {
        let (turn, part) = (seed / 3, seed % 3);
        if part == 2 {
            // Connections first: only they have a browser, a callback and a key to lose.
            let connections = all_graphs().iter().filter(|graph| graph.entries.contains(&Entry::Code));
            let connections: Vec<&Graph> = connections.collect();
            let graph = match rng.u8(0..4) {
                0 => &all_graphs()[rng.usize(0..all_graphs().len())],
                _ => connections[rng.usize(0..connections.len())],
            };
            return (graph, None);
        }
        let targets = targets();
        // Remainders of u64 fit.
        let (number, target) = targets[((turn * 2 + part) % targets.len() as u64) as usize];
        let graph = &all_graphs()[number];
        (graph, Some(Self { walk: &graph.edges[target], done: 0, repeated: 0, left: 120 }))
    }

    /// What should happen to a flow that stands here.
    pub fn wish(&mut self, place: &str, rng: &mut Rng) -> Option<&'static Stride> {
        let strides = &self.walk.strides;
        let stride = &strides[self.done];
        if stride.used_up && self.repeated > 0 {
            // Once more the same, until no wait is left.
            match place.split(' ').next() {
                Some("send") => return Some(stride),
                Some("wait") => return None,
                _ => {}
            }
        }
        if stride.edge.from != place {
            // Off the way: it may lead through here later, or have done so before.
            let ahead = (self.done..strides.len()).find(|i| strides[*i].edge.from == place);
            let behind = || (0..self.done).rev().find(|i| strides[*i].edge.from == place && !place.starts_with("wait"));
            (self.done, self.repeated) = (ahead.or_else(behind)?, 0);
        }
        self.left = self.left.saturating_sub(1);
        // Now and then something else happens on the way.
        (self.left > 0 && rng.u8(0..60) > 0).then(|| &strides[self.done])
    }

    /// Counts an edge that was taken; whether that was the last, or enough was tried.
    pub fn take(&mut self, edge: &Edge) -> bool {
        let strides = &self.walk.strides;
        let stride = &strides[self.done];
        let again = self.repeated > 0 && (&edge.event, &edge.to) == (&stride.edge.event, &stride.edge.to);
        if again || stride.edge == *edge {
            self.repeated += 1;
            let (first, of_first, of_others) = WAITS;
            let enough = if edge.to.starts_with(first) { of_first } else { of_others };
            if !stride.used_up || self.repeated >= enough {
                (self.done, self.repeated) = (self.done + 1, 0);
            }
        }
        let arrived = self.done == strides.len();
        self.done = self.done.min(strides.len() - 1);
        arrived || self.left == 0
    }

    /// Whether the way leads through places with names like this.
    pub fn passes(&self, place: &str) -> bool {
        let at = |label: &str| label.starts_with(place);
        self.walk.strides.iter().any(|stride| at(&stride.edge.from) || at(&stride.edge.to))
    }

    pub fn begins_at(&self, place: &str) -> bool {
        self.walk.strides.first().is_some_and(|stride| stride.edge.to.starts_with(place))
    }

    pub fn wants(&self, place: &str, event: &str) -> bool {
        self.walk.strides.iter().any(|stride| stride.edge.from == place && stride.edge.event == event)
    }

    /// How the flow begins: as on the way, or now and then by a hand-off, where the callback does not matter to it.
    pub fn entry(&self, graph: &Graph, rng: &mut Rng) -> Entry {
        let callback = self.walk.strides.last().is_some_and(|stride| stride.edge.from == "awaiting_callback");
        let may_change = self.walk.entry == Entry::Code && !callback && graph.entries.contains(&Entry::HandOff);
        if may_change && rng.u8(0..4) == 0 { Entry::HandOff } else { self.walk.entry }
    }

    /// What the host must have chosen for a lost secret.
    pub fn on_secret_lost(&self) -> LostSecretPolicy {
        self.walk.on_secret_lost
    }
}

//! Who moved a figure: Shapley values (Shapley 1953) of a game whose worth can be asked for any set of its players.

use super::coalitions::{Coalition, chains, order};

/// Most players whose values are computed over all sets.
const MOST_EXACT: usize = 8;
/// Orders that are drawn for more players; each is also gone through backwards (Mitchell et al. 2022), which halves the error for the same
/// number of orders or better.
const ORDERS: usize = 24;

/// The sets of players whose worth is needed.
pub struct Game {
    players: usize,
    /// None where all sets are gone through.
    orders: Option<Vec<Vec<usize>>>,
    sets: Vec<Coalition>,
}

impl Game {
    /// A game of up to 64 players; `seed` draws the orders where there are too many players for all sets.
    pub fn new(players: usize, seed: u64) -> Self {
        if players <= MOST_EXACT {
            return Self {
                players,
                orders: None,
                sets: (0..1 << players).collect(),
            };
        }
        let drawn = (0..ORDERS).map(|round| order(players, round, seed));
        let orders: Vec<Vec<usize>> = drawn
            .flat_map(|order| [order.clone(), order.into_iter().rev().collect()])
            .collect();
        let mut sets: Vec<Coalition> = orders.iter().step_by(2).flat_map(|o| chains(o)).collect();
        sets.push(0);
        sets.sort_unstable();
        sets.dedup();
        Self {
            players,
            orders: Some(orders),
            sets,
        }
    }

    /// The sets, the empty one first and the full one last, one bit a player.
    pub fn sets(&self) -> &[Coalition] {
        &self.sets
    }

    /// Whether all sets are gone through.
    pub fn is_exact(&self) -> bool {
        self.orders.is_none()
    }

    /// Each player's share, from the worth of each of [`Game::sets`]. They add up to the full set's worth less the empty one's.
    pub fn shares(&self, worth: &[f64]) -> Vec<f64> {
        let of = |set: Coalition| match self.sets.binary_search(&set) {
            Ok(place) => worth.get(place).copied().unwrap_or(f64::NAN),
            Err(_) => f64::NAN,
        };
        let mut shares = vec![0.0; self.players];
        match &self.orders {
            None => {
                let weights = weights(self.players);
                for &set in &self.sets {
                    for (player, share) in shares.iter_mut().enumerate() {
                        let bit = 1 << player;
                        if set & bit == 0 {
                            *share +=
                                weights[set.count_ones() as usize] * (of(set | bit) - of(set));
                        }
                    }
                }
            }
            Some(orders) => {
                for order in orders {
                    let mut set = 0;
                    for &player in order {
                        let with = set | 1 << player;
                        shares[player] += (of(with) - of(set)) / orders.len() as f64;
                        set = with;
                    }
                }
            }
        }
        shares
    }
}

/// The weight of a set of each size without a player: |S|! (n − |S| − 1)! / n!.
fn weights(players: usize) -> Vec<f64> {
    let mut weights = vec![];
    let mut weight = 1.0 / players.max(1) as f64;
    for size in 0..players {
        weights.push(weight);
        weight *= (size + 1) as f64 / (players - size - 1).max(1) as f64;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::Game;
    use proptest::prelude::*;

    fn shares(players: usize, worth: impl Fn(u64) -> f64) -> Vec<f64> {
        let game = Game::new(players, 7);
        let worth: Vec<f64> = game.sets().iter().map(|&set| worth(set)).collect();
        game.shares(&worth)
    }

    /// Any game: worth from a hash of the set.
    fn drawn(set: u64, seed: u64) -> f64 {
        let mixed = (set ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 40) as f64 / f64::from(1 << 24)
    }

    #[test]
    fn the_glove_game_by_hand() {
        // One left glove (player 0), two right ones: a pair is worth 1. Shapley 1953: 2/3, 1/6, 1/6.
        let pair = |set: u64| f64::from(u8::from(set & 1 == 1 && set & 0b110 != 0));
        let found = shares(3, pair);
        for (found, expected) in found.iter().zip([2.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    proptest! {
        #[test]
        fn shares_add_up(players in 0usize..14, seed: u64) {
            let game = Game::new(players, seed);
            let worth: Vec<f64> = game.sets().iter().map(|&set| drawn(set, seed)).collect();
            let sum: f64 = game.shares(&worth).iter().sum();
            prop_assert!((sum - (worth[worth.len() - 1] - worth[0])).abs() < 1e-9);
        }

        #[test]
        fn who_never_matters_has_nothing(players in 1usize..14, idle in 0usize..14, seed: u64) {
            let idle = idle % players;
            let found = shares(players, |set| drawn(set & !(1 << idle), seed));
            prop_assert!(found[idle].abs() < 1e-12);
        }

        #[test]
        fn what_only_adds_up_is_found_as_it_is(parts in proptest::collection::vec(-5.0..5.0f64, 1..30)) {
            let worth = |set: u64| parts.iter().enumerate().filter(|(player, _)| set >> player & 1 == 1).map(|(_, part)| part).sum();
            for (found, part) in shares(parts.len(), worth).iter().zip(&parts) {
                prop_assert!((found - part).abs() < 1e-9);
            }
        }
    }
}

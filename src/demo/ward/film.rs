//! Chest films, drawn: what a radiographer would recognise at 64 × 64 pixels.
//!
//! Coordinates run from −1 to 1, `u` to the right of the picture (the patient's left), `v` down. Grey runs from 0 (air) to 1 (bone).

use super::draws::{Draws, rounded};
use super::factor::{Factor, Patient};
use crate::cohort::Image;

/// Side of the films in pixels.
pub(super) const SIDE: usize = 64;

/// A clouded part of a lung.
struct Opacity {
    centre: (f64, f64),
    radii: (f64, f64),
    strength: f64,
}

/// What the films of a patient show.
struct Findings {
    /// Half width of the thorax.
    thorax: f64,
    /// Half width of the heart.
    heart: f64,
    /// Height of the diaphragm under the right and the left lung.
    diaphragm: [f64; 2],
    /// Height of the fluid in the right and the left chest; 0: none.
    effusion: [f64; 2],
    opacities: Vec<Opacity>,
    /// Brightness added around the hila.
    haze: f64,
    /// Grey of the lung.
    lung: f64,
    /// Brightness of ribs.
    bone: f64,
    /// Air under the left diaphragm, its radius; 0: none.
    bubble: f64,
    /// A lead or line across the chest: its height on the left, its slope; `None`: none.
    lead: Option<(f64, f64)>,
}

/// Takes one film of a patient, of every fifth patient a second one.
pub(super) fn take(patient: &Patient, sample: u32, draws: &mut Draws, images: &mut Vec<Image>) {
    let findings = Findings::draw(patient, draws);
    let second = draws.chance(0.2);
    let first_hours = draws.between(0.5, 10.0);
    for hours in [
        Some(first_hours),
        second.then(|| first_hours + draws.between(12.0, 34.0)),
    ]
    .into_iter()
    .flatten()
    {
        let portable = draws.chance(0.4);
        images.push(Image {
            sample,
            hours: rounded(hours, 2) as f32,
            source: if portable {
                "portable film"
            } else {
                "standing film"
            }
            .to_owned(),
            side: SIDE,
            pixels: expose(&findings, portable, draws).into(),
        });
    }
}

impl Findings {
    fn draw(patient: &Patient, draws: &mut Draws) -> Self {
        let cloud = patient.factor(Factor::Consolidation) + 0.15 * draws.normal() - 0.4;
        let mut opacities = Vec::new();
        if cloud > 0.0 {
            let strength = (0.62 + 0.22 * cloud).min(0.95);
            opacities.push(opacity(strength, draws));
            if draws.chance(0.25) {
                opacities.push(opacity(0.7 * strength, draws));
            }
        }
        let congestion = patient.view(Factor::Congestion, 0.95, draws);
        let fluid =
            patient.view(Factor::Congestion, 0.5, draws) + 0.5 * patient.factor(Factor::Malignancy);
        let mut effusion = [0.0; 2];
        if fluid > 0.7 {
            let height = (0.16 + 0.16 * (fluid - 0.7)).min(0.6);
            let side = draws.below(2);
            effusion[side] = height;
            if draws.chance(0.4) {
                effusion[1 - side] = 0.6 * height;
            }
        }
        let airflow = patient.view(Factor::Airflow, 0.6, draws);
        let depth = 0.05 * airflow + 0.04 * draws.normal();
        Self {
            thorax: 0.80 + 0.025 * draws.normal() + if patient.woman { -0.02 } else { 0.01 },
            heart: (0.31 + 0.075 * congestion).clamp(0.19, 0.54),
            diaphragm: [0.44 + depth, 0.50 + depth],
            effusion,
            opacities,
            haze: (0.035 + 0.045 * congestion).clamp(0.0, 0.16),
            lung: (0.19 - 0.02 * airflow + 0.015 * draws.normal()).clamp(0.08, 0.3),
            bone: (0.085 + 0.015 * draws.normal()).clamp(0.04, 0.13),
            bubble: if draws.chance(0.45) {
                draws.between(0.07, 0.13)
            } else {
                0.0
            },
            lead: draws
                .chance(0.3)
                .then(|| (draws.between(-0.3, 0.5), draws.between(-0.5, 0.5))),
        }
    }
}

/// An opacity somewhere in either lung, more often below.
fn opacity(strength: f64, draws: &mut Draws) -> Opacity {
    let side = if draws.chance(0.55) { -1.0 } else { 1.0 };
    let height = match draws.uniform() {
        x if x < 0.8 => draws.between(0.06, 0.36),
        _ => draws.between(-0.25, 0.1),
    };
    Opacity {
        centre: (side * draws.between(0.42, 0.54), height),
        radii: (draws.between(0.36, 0.5), draws.between(0.34, 0.48)),
        strength,
    }
}

/// 0 up to the first edge, 1 from the second on, smooth between.
fn smooth(from: f64, to: f64, x: f64) -> f64 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Moves a value towards a target by a share.
fn toward(value: f64, target: f64, share: f64) -> f64 {
    value + (target - value) * share
}

/// Side of the coarse grid of [`Mottle`].
const GRID: usize = 15;

/// Slowly varying brightness, 0 to 1.
struct Mottle([[f64; GRID]; GRID]);

impl Mottle {
    fn draw(draws: &mut Draws) -> Self {
        Self(std::array::from_fn(|_| {
            std::array::from_fn(|_| draws.uniform())
        }))
    }

    /// The value at a place, both coordinates from −1 to 1.
    fn at(&self, u: f64, v: f64) -> f64 {
        let scaled =
            |x: f64| ((x + 1.0) * 0.5 * (GRID - 1) as f64).clamp(0.0, (GRID - 1) as f64 - 1e-9);
        let (x, y) = (scaled(u), scaled(v));
        let (column, row) = (x as usize, y as usize);
        let (s, t) = (
            smooth(0.0, 1.0, x - column as f64),
            smooth(0.0, 1.0, y - row as f64),
        );
        let upper = toward(self.0[row][column], self.0[row][column + 1], s);
        let lower = toward(self.0[row + 1][column], self.0[row + 1][column + 1], s);
        toward(upper, lower, t)
    }
}

/// Draws one film.
fn expose(findings: &Findings, portable: bool, draws: &mut Draws) -> Vec<u8> {
    let zoom = 0.98 + 0.035 * draws.normal() + if portable { 0.03 } else { 0.0 };
    let (shift_u, shift_v) = (0.025 * draws.normal(), 0.025 * draws.normal());
    let tilt = 0.03 * draws.normal();
    let contrast = 1.0 + 0.05 * draws.normal() - if portable { 0.06 } else { 0.0 };
    let brightness = 0.025 * draws.normal();
    let slant = 0.025 * draws.normal();
    let grain = if portable { 0.03 } else { 0.022 };
    let mottle = Mottle::draw(draws);
    let mut pixels = Vec::with_capacity(SIDE * SIDE);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let across = (x as f64 + 0.5) / (SIDE as f64 * 0.5) - 1.0;
            let down = (y as f64 + 0.5) / (SIDE as f64 * 0.5) - 1.0;
            let (u, v) = (
                (across - shift_u + tilt * down) / zoom,
                (down - shift_v - tilt * across) / zoom,
            );
            let grey = grey(findings, &mottle, u, v);
            let exposed = 0.45
                + contrast * (grey - 0.45)
                + brightness
                + slant * across
                + grain * draws.grain();
            pixels.push((exposed.clamp(0.0, 1.0) * 255.0).round() as u8);
        }
    }
    pixels
}

/// The grey of one place.
fn grey(findings: &Findings, mottle: &Mottle, u: f64, v: f64) -> f64 {
    let a = u.abs();
    let side = usize::from(u > 0.0);

    // the body: shoulders rise to the neck, arms leave the picture, air outside
    let shoulder = if a < 0.2 {
        -2.0
    } else {
        -1.0 + 0.62 * (a - 0.2) * (a - 0.2)
    };
    let flank = 0.93 + 0.4 * smooth(-0.25, -0.6, v);
    let body = smooth(-0.04, 0.04, v - shoulder) * smooth(-0.04, 0.04, flank - a);
    if body <= 0.0 {
        return 0.03;
    }

    // soft tissue, then the lungs: within the ribs, outside the mediastinum, above the diaphragm
    let mut value = 0.44 + 0.04 * v + 0.05 * mottle.at(u, v);
    let height = (v - 0.25) / 1.05;
    let wall = findings.thorax * (1.0 - height * height).max(0.0).sqrt();
    let middle = 0.13 + 0.04 * smooth(-0.3, 0.3, v);
    let dome = (a - 0.40) / 0.40;
    let diaphragm = findings.diaphragm[side] + 0.26 * dome * dome;
    let (apex_u, apex_v) = ((a - 0.37) / 0.29, (v + 0.36).min(0.0) / 0.44);
    let apex = 0.3
        * (1.0
            - (apex_u * apex_u * f64::from(v < -0.36) * (apex_v * apex_v * 2.0).min(1.0)
                + apex_v * apex_v)
                .sqrt());
    let inside = (wall - a).min(a - middle).min(diaphragm - v).min(apex);
    let lung = smooth(-0.01, 0.07, inside);
    let (hilum_u, hilum_v) = ((a - 0.2) / 0.34, (v + 0.02) / 0.46);
    let hilum = (1.0 - (hilum_u * hilum_u + hilum_v * hilum_v).sqrt()).max(0.0);
    let vessels = (0.16 + 2.2 * findings.haze) * hilum
        + 0.5 * findings.haze
        + 0.12 * (mottle.at(-v, u) - 0.5) * (0.4 + hilum);
    value = toward(value, findings.lung + vessels, lung);

    // spine and great vessels, the air of the windpipe, the aortic knob
    let width = 0.05 * smooth(-0.5, 0.1, v);
    value = toward(
        value,
        0.66 + 0.03 * v,
        0.9 * (1.0 - smooth(0.08 + width, 0.21 + width, a)) * smooth(-1.1, -0.5, v),
    );
    value -= 0.10 * smooth(-0.15, -0.35, v) * (1.0 - smooth(0.015, 0.085, (u + 0.01).abs()));
    let knob = ((u - 0.12) * (u - 0.12) + (v + 0.27) * (v + 0.27)).sqrt();
    value = toward(value, 0.64, 1.0 - smooth(0.05, 0.14, knob));

    // the heart, and what lies below the diaphragm
    let (heart_u, heart_v) = (
        (u - 0.11 - 0.35 * (findings.heart - 0.30) - 0.42 * (v - 0.2)) / findings.heart,
        (v - 0.24) / (0.28 + 0.35 * findings.heart),
    );
    let heart = (heart_u * heart_u + heart_v * heart_v).sqrt();
    let shadow = 1.0 - smooth(0.82, 1.08, heart);
    value = toward(value, 0.67, shadow);
    let aerated = lung * (1.0 - 0.85 * shadow);
    let below =
        smooth(-0.01, 0.07, v - diaphragm) * smooth(-0.06, 0.06, findings.thorax + 0.06 - a);
    value = toward(value, 0.66 + 0.04 * mottle.at(v, u), below);
    if findings.bubble > 0.0 {
        let (bubble_u, bubble_v) = (
            (u - 0.40) / (1.5 * findings.bubble),
            (v - findings.diaphragm[1] - 0.17) / findings.bubble,
        );
        value -= 0.3 * (1.0 - smooth(0.6, 1.1, (bubble_u * bubble_u + bubble_v * bubble_v).sqrt()));
    }

    // clouded lung, with a little air left in it
    for opacity in &findings.opacities {
        let (du, dv) = (
            (u - opacity.centre.0) / opacity.radii.0,
            (v - opacity.centre.1) / opacity.radii.1,
        );
        let reach = 1.0
            - smooth(
                0.3,
                1.0,
                (du * du + dv * dv).sqrt() - 0.25 * (mottle.at(v, -u) - 0.5),
            );
        let share = aerated * reach * opacity.strength * (0.85 + 0.3 * mottle.at(-u, v));
        value = toward(value, 0.82, share.min(1.0));
    }

    // fluid, higher along the wall
    let fluid = findings.effusion[side];
    if fluid > 0.0 {
        let lateral = ((a - 0.15) / 0.6).clamp(0.0, 1.0);
        let surface = 0.68 - fluid * (0.25 + 1.0 * lateral * lateral);
        let filled = smooth(-0.06, 0.08, v - surface) * smooth(-0.06, 0.06, wall - a);
        value = toward(value, 0.64, filled * smooth(0.1, 0.25, a));
    }

    (value + bones(findings, u, v, wall, aerated)).clamp(0.0, 1.0) * body + 0.03 * (1.0 - body)
}

/// Brightness of ribs, collar bones and a lead.
fn bones(findings: &Findings, u: f64, v: f64, wall: f64, lung: f64) -> f64 {
    let a = u.abs();
    let mut bright = 0.0;
    let visible = findings.bone * (0.35 + 0.65 * lung) * smooth(-0.06, 0.02, wall + 0.05 - a);
    if visible > 0.0 && a > 0.1 && v < 0.75 {
        let bend = a - 0.32;
        let posterior = v - 0.50 * bend * bend;
        let anterior = v - 0.10 - 0.62 * (0.8 - a);
        // the nearest of the ribs, which stand 0.165 apart
        let nearest = |line: f64| {
            let place = (line + 0.72) / 0.165;
            ((place - place.round()) * 0.165).abs()
        };
        bright += visible * (1.0 - smooth(0.016, 0.05, nearest(posterior)));
        if a > 0.35 {
            bright += 0.45
                * visible
                * smooth(0.35, 0.5, a)
                * (1.0 - smooth(0.014, 0.045, nearest(anterior)));
        }
    }
    let collar = (v + 0.60 + 0.20 * (a - 0.1)).abs();
    bright += 1.1
        * findings.bone
        * smooth(0.05, 0.12, a)
        * smooth(0.9, 0.7, a)
        * (1.0 - smooth(0.02, 0.055, collar));
    if let Some((height, slope)) = findings.lead {
        let distance = (v - height - slope * (u + 0.9)).abs();
        bright += 0.16 * (1.0 - smooth(0.008, 0.03, distance)) * smooth(0.75, 0.6, a);
    }
    bright
}

//! The two real cohorts of `../shared/data`, where they are. Nothing of them is kept here but counts.
#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};

use m3h_studio::cohort::{Cohort, ColumnKind, Role, summary::summary};
use m3h_studio::import::{FileEntry, Import};

/// All files below a folder, with their paths relative to its parent.
fn files(folder: &Path, base: &Path, found: &mut Vec<(PathBuf, FileEntry)>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, base, found);
        } else {
            let bytes = path.metadata().unwrap().len();
            let name = path
                .strip_prefix(base)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            found.push((path, FileEntry { path: name, bytes }));
        }
    }
}

/// The cohort of a folder of `../shared/data`, or `None`, said, where it is missing.
fn open(name: &str) -> Option<Cohort> {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = base.join(name);
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    let mut found = Vec::new();
    files(&folder, &base, &mut found);
    let mut import = Import::new(
        Default::default(),
        found.iter().map(|(_, entry)| entry.clone()).collect(),
    );
    for index in import.order() {
        import.begin(index).unwrap();
        for chunk in std::fs::read(&found[index].0).unwrap().chunks(1 << 20) {
            import.push(chunk).unwrap();
        }
        import.end().unwrap();
    }
    Some(import.finish().unwrap())
}

/// Names of the columns with a role.
fn with_role(cohort: &Cohort, role: Role) -> Vec<&str> {
    cohort
        .columns
        .iter()
        .filter(|column| column.role == role)
        .map(|column| column.name.as_str())
        .collect()
}

#[test]
fn physionet_2012() {
    let Some(cohort) = open("physionet2012") else {
        return;
    };
    assert_eq!(cohort.name, "physionet2012");
    assert_eq!(cohort.samples(), 4000);
    assert_eq!(
        with_role(&cohort, Role::Input),
        ["age", "gender", "height", "weight"]
    );
    assert_eq!(
        with_role(&cohort, Role::Label),
        [
            "icu_type",
            "saps_i",
            "sofa",
            "length_of_stay",
            "in_hospital_death"
        ]
    );
    let kind = |name: &str| cohort.column(name).unwrap().kind;
    assert_eq!(kind("icu_type"), ColumnKind::Category);
    assert_eq!(kind("gender"), ColumnKind::Category);
    assert_eq!(kind("in_hospital_death"), ColumnKind::YesNo);
    for name in [
        "age",
        "height",
        "weight",
        "sofa",
        "saps_i",
        "length_of_stay",
    ] {
        assert_eq!(kind(name), ColumnKind::Number, "{name}");
    }
    let series = cohort.series.as_ref().unwrap();
    assert_eq!(series.variables.len(), 37);
    assert!(series.values.len() > 1_737_000 && series.variables.iter().any(|name| name == "Na"));
    for range in series.offsets.windows(2) {
        assert!(series.hours[range[0] as usize..range[1] as usize].is_sorted());
    }
    assert!(cohort.warnings.is_empty(), "{:?}", cohort.warnings);
    let summary = summary(&cohort);
    let samples: Vec<(&str, usize)> = summary
        .modalities
        .iter()
        .map(|modality| (modality.name.as_str(), modality.samples))
        .collect();
    assert_eq!(samples, [("tabular", 4000), ("series", 3997)]);
    assert_eq!(
        summary
            .variables
            .iter()
            .map(|variable| variable.observations)
            .sum::<usize>(),
        series.values.len()
    );
}

#[test]
fn covid_chest_films() {
    let Some(cohort) = open("covid-cxr") else {
        return;
    };
    assert_eq!((cohort.samples(), cohort.notes.len()), (199, 243));
    assert_eq!(cohort.images.len(), 397);
    assert_eq!(
        with_role(&cohort, Role::Label),
        [
            "view",
            "finding",
            "survival",
            "went_icu",
            "intubated",
            "needed_oxygen"
        ]
    );
    assert_eq!(
        with_role(&cohort, Role::Input),
        [
            "sex",
            "age",
            "temperature",
            "oxygen_saturation",
            "leukocytes",
            "neutrophils",
            "lymphocytes"
        ]
    );
    for name in ["survival", "went_icu", "intubated", "needed_oxygen"] {
        assert_eq!(
            cohort.column(name).unwrap().kind,
            ColumnKind::YesNo,
            "{name}"
        );
    }
    for name in ["temperature", "oxygen_saturation", "leukocytes"] {
        assert_eq!(
            cohort.column(name).unwrap().kind,
            ColumnKind::Number,
            "{name}"
        );
    }
    assert!(
        cohort
            .images
            .windows(2)
            .all(|pair| pair[0].sample <= pair[1].sample)
    );
    assert!(cohort.warnings.is_empty(), "{:?}", cohort.warnings);
}

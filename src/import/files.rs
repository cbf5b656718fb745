//! What a file is by its name, and the order in which files are read.

/// A file of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Its path inside the dropped folder, with `/`, or its bare name.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// The tables of a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TableKind {
    Patients,
    Series,
    Diagnoses,
    Notes,
    Embeddings,
    Images,
}

/// What a file's name says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guess {
    /// A table; of this kind, if the name says so.
    Table(Option<TableKind>),
    /// No ending that tells; perhaps a table.
    Perhaps(Option<TableKind>),
    /// An image.
    Image,
    /// A file of the system, passed over silently.
    Hidden,
    /// Neither, with a hint what to do about it.
    Other(&'static str),
}

impl Guess {
    /// From the path.
    pub(crate) fn from_path(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        let name = parts.last().copied().unwrap_or_default().to_lowercase();
        if parts.iter().any(|part| {
            part.starts_with('.') && *part != "." && *part != ".." || *part == "__MACOSX"
        }) || matches!(name.as_str(), "" | "thumbs.db" | "desktop.ini" | "dicomdir")
        {
            return Guess::Hidden;
        }
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        let Some((stem, ending)) = plain.rsplit_once('.') else {
            return Guess::Perhaps(table_kind(plain));
        };
        match ending {
            "csv" | "tsv" | "tab" => Guess::Table(table_kind(stem)),
            "txt" | "dat" | "data" => Guess::Perhaps(table_kind(stem)),
            "png" | "jpg" | "jpeg" | "dcm" | "dicom" => Guess::Image,
            "xlsx" | "xls" | "ods" => Guess::Other("save the sheet as .csv first"),
            "parquet" | "feather" | "rds" | "rda" | "sav" | "dta" | "sas7bdat" | "json" => {
                Guess::Other("save the table as .csv first")
            }
            "zip" | "7z" | "tar" | "tgz" | "rar" => Guess::Other("unpack it first"),
            "gif" | "bmp" | "tif" | "tiff" | "webp" => {
                Guess::Other("save images as .png or .jpg first")
            }
            _ => Guess::Other(""),
        }
    }

    /// Its place in the order of reading.
    pub(crate) fn rank(self) -> Option<u8> {
        match self {
            Guess::Table(Some(TableKind::Patients)) => Some(0),
            Guess::Perhaps(Some(TableKind::Patients)) => Some(1),
            Guess::Table(None) => Some(2),
            Guess::Perhaps(None) => Some(3),
            Guess::Table(Some(TableKind::Series | TableKind::Diagnoses))
            | Guess::Perhaps(Some(TableKind::Series | TableKind::Diagnoses)) => Some(4),
            Guess::Table(Some(TableKind::Notes)) | Guess::Perhaps(Some(TableKind::Notes)) => {
                Some(5)
            }
            Guess::Table(Some(TableKind::Embeddings))
            | Guess::Perhaps(Some(TableKind::Embeddings)) => Some(6),
            Guess::Table(Some(TableKind::Images)) | Guess::Perhaps(Some(TableKind::Images)) => {
                Some(7)
            }
            Guess::Image => Some(8),
            Guess::Hidden | Guess::Other(_) => None,
        }
    }

    /// Whether a patients table may hide behind this name.
    pub(crate) fn may_be_patients(self) -> bool {
        self.rank().is_some_and(|rank| rank < 4)
    }

    /// The kind that the name tells.
    pub(crate) fn table_kind(self) -> Option<TableKind> {
        match self {
            Guess::Table(kind) | Guess::Perhaps(kind) => kind,
            _ => None,
        }
    }
}

/// The kind of table that a lower-case name without its ending tells.
fn table_kind(stem: &str) -> Option<TableKind> {
    let has = |words: &[&str]| words.iter().any(|word| stem.contains(word));
    if has(&["embed"]) {
        Some(TableKind::Embeddings)
    } else if has(&["diagnos"]) || matches!(stem, "icd" | "icd_codes" | "dx") {
        Some(TableKind::Diagnoses)
    } else if has(&["note", "report", "letter"]) || matches!(stem, "text" | "texts") {
        Some(TableKind::Notes)
    } else if has(&[
        "series",
        "event",
        "vital",
        "chart",
        "laborator",
        "labres",
        "monitor",
        "measurement",
        "observation",
    ]) || matches!(stem, "labs" | "lab" | "obs")
    {
        Some(TableKind::Series)
    } else if has(&[
        "patient",
        "subject",
        "cohort",
        "demograph",
        "tabular",
        "static",
        "outcome",
        "admission",
        "label",
        "stays",
    ]) {
        Some(TableKind::Patients)
    } else if has(&["images", "films", "pictures", "radiographs"]) || stem == "image" {
        Some(TableKind::Images)
    } else {
        None
    }
}

/// The folder that all paths share, with its `/`; empty where there is none.
pub(crate) fn shared_folder(paths: &[&str]) -> String {
    let Some(first) = paths.first() else {
        return String::new();
    };
    let mut shared = match first.rfind('/') {
        Some(end) => &first[..=end],
        None => return String::new(),
    };
    for path in paths {
        while !path.starts_with(shared) {
            shared = match shared[..shared.len() - 1].rfind('/') {
                Some(end) => &shared[..=end],
                None => return String::new(),
            };
        }
    }
    shared.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_table() {
        let table = |kind| Guess::Table(Some(kind));
        for (path, guess) in [
            ("icu/patients.csv", table(TableKind::Patients)),
            ("Outcomes-a.txt", Guess::Perhaps(Some(TableKind::Patients))),
            ("labels.csv", table(TableKind::Patients)),
            ("series.csv.gz", table(TableKind::Series)),
            ("CHARTEVENTS.csv.gz", table(TableKind::Series)),
            ("labs.tsv", table(TableKind::Series)),
            ("labevents.tsv.gz", table(TableKind::Series)),
            ("NOTEEVENTS.csv", table(TableKind::Notes)),
            ("radiology_reports.csv", table(TableKind::Notes)),
            ("hosp/diagnoses_icd.csv.gz", table(TableKind::Diagnoses)),
            ("images.csv", table(TableKind::Images)),
            ("vd_embeddings.csv", table(TableKind::Embeddings)),
            ("data.csv", Guess::Table(None)),
            ("patient-images/p1.PNG", Guess::Image),
            ("p1/IM-0001.dcm", Guess::Image),
            ("p1/IM0001", Guess::Perhaps(None)),
            ("DICOMDIR", Guess::Hidden),
            ("README", Guess::Perhaps(None)),
            (".DS_Store", Guess::Hidden),
            ("a/__MACOSX/b.csv", Guess::Hidden),
            ("paper.pdf", Guess::Other("")),
        ] {
            assert_eq!(Guess::from_path(path), guess, "{path}");
        }
        assert!(matches!(Guess::from_path("a.xlsx"), Guess::Other(hint) if hint.contains(".csv")));
    }

    #[test]
    fn the_shared_folder() {
        assert_eq!(shared_folder(&["a/b/c.csv", "a/b/d/e.png"]), "a/b/");
        assert_eq!(shared_folder(&["a/b.csv", "ab/c.csv"]), "");
        assert_eq!(shared_folder(&["a/b.csv", "a/bc/d.csv"]), "a/");
        assert_eq!(shared_folder(&["b.csv"]), "");
        assert_eq!(shared_folder(&[]), "");
    }
}

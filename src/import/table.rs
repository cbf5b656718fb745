//! The open table and all tables read so far.

use super::diagnoses::{DiagnosisFile, DiagnosisTables};
use super::embeddings::{EmbeddingsFile, EmbeddingsTables};
use super::files::{Guess, TableKind};
use super::header::Header;
use super::ids::{Ids, Linker};
use super::images::{Images, ImagesFile};
use super::notes::{NotesFile, NotesTables};
use super::patients::{Patients, PatientsFile};
use super::records::{Record, Records, Stop};
use super::series::{SeriesFile, SeriesTables};
use super::text::{Count, MissingValues, trim};
use super::{ImportError, not_usable};
use crate::session::protocol::ImportOptions;

/// What the open table is.
enum Kind {
    /// The header has not been read.
    Unknown,
    /// It cannot be used; the reason has been said.
    Skipped,
    Patients(PatientsFile),
    Series(SeriesFile),
    Notes(NotesFile),
    Diagnoses(DiagnosisFile),
    Embeddings(EmbeddingsFile),
    Images(ImagesFile),
}

/// A table while it is read.
pub(crate) struct OpenTable {
    guess: Guess,
    delimiter: u8,
    header: Header,
    kind: Kind,
    foreign: bool,
    rows: u64,
    too_few: Count,
    too_many: Count,
}

impl OpenTable {
    pub(crate) fn new(guess: Guess, delimiter: u8) -> Self {
        Self {
            guess,
            delimiter,
            header: Header::default(),
            kind: Kind::Unknown,
            foreign: false,
            rows: 0,
            too_few: Count::default(),
            too_many: Count::default(),
        }
    }
}

/// All that was read.
pub(crate) struct Tables {
    options: ImportOptions,
    missing: MissingValues,
    pub(crate) ids: Ids,
    pub(crate) patients: Patients,
    pub(crate) series: SeriesTables,
    pub(crate) notes: NotesTables,
    pub(crate) diagnoses: DiagnosisTables,
    pub(crate) embeddings: EmbeddingsTables,
    pub(crate) images: Images,
    pub(crate) warnings: Vec<String>,
    /// The error of the first table that was set aside.
    pub(crate) set_aside: Option<ImportError>,
    pub(crate) rows: u64,
}

/// Lets a record reader stop with an import's error.
struct Ended(Result<Stop, ImportError>);

impl From<Stop> for Ended {
    fn from(stop: Stop) -> Self {
        Ended(Ok(stop))
    }
}

impl Ended {
    fn in_file(self, file: &str) -> ImportError {
        match self.0 {
            Ok(stop) => stop.in_file(file),
            Err(error) => error,
        }
    }
}

impl Tables {
    pub(crate) fn new(options: &ImportOptions) -> Self {
        Self {
            options: options.clone(),
            missing: MissingValues::new(&options.missing_values),
            ids: Ids::default(),
            patients: Patients::default(),
            series: SeriesTables::default(),
            notes: NotesTables::default(),
            diagnoses: DiagnosisTables::default(),
            embeddings: EmbeddingsTables::default(),
            images: Images::default(),
            warnings: Vec::new(),
            set_aside: None,
            rows: 0,
        }
    }

    /// Bytes of the open table.
    pub(crate) fn push(
        &mut self,
        table: &mut OpenTable,
        records: &mut Records,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), ImportError> {
        if matches!(table.kind, Kind::Skipped) {
            return Ok(());
        }
        records
            .push(bytes, &mut |record, row| {
                self.record(table, record, row, name)
                    .map_err(|error| Ended(Err(error)))
            })
            .map_err(|ended| ended.in_file(name))
    }

    /// The end of the open table.
    pub(crate) fn end(
        &mut self,
        mut table: OpenTable,
        records: &mut Records,
        name: &str,
    ) -> Result<(), ImportError> {
        if matches!(table.kind, Kind::Skipped) {
            return Ok(());
        }
        let open_quote = records
            .finish(&mut |record, row| {
                self.record(&mut table, record, row, name)
                    .map_err(|error| Ended(Err(error)))
            })
            .map_err(|ended: Ended| ended.in_file(name))?;
        let OpenTable {
            header,
            kind,
            mut foreign,
            rows,
            too_few,
            too_many,
            ..
        } = table;
        let warnings = &mut self.warnings;
        if let Some(row) = open_quote {
            warnings.push(format!(
                "{name}: a quote that opens in row {row} is never closed; all that follows was read as one cell"
            ));
        }
        if rows == 0 && !matches!(kind, Kind::Patients(_) | Kind::Skipped) {
            warnings.push(format!("{name} has no rows below its header"));
        }
        if header.repeated {
            warnings.push(format!(
                "{name}: some columns have the same name; the later ones were numbered"
            ));
        }
        too_few.report(
            name,
            "with fewer fields than the header, the rest taken as missing",
            warnings,
        );
        too_many.report(name, "with more fields than the header, skipped", warnings);
        foreign |= match kind {
            Kind::Unknown | Kind::Skipped => false,
            Kind::Patients(file) => self.patients.end(&file, &header, name, warnings),
            Kind::Series(file) => self.series.end(&file, &header, name, warnings),
            Kind::Notes(file) => self.notes.end(&file, &header, name, warnings),
            Kind::Diagnoses(file) => self.diagnoses.end(&file, &header, name, warnings),
            Kind::Embeddings(file) => self.embeddings.end(file, &header, warnings),
            Kind::Images(file) => self.images.end(&file, &header, name, warnings),
        };
        if foreign {
            warnings.push(format!(
                "{name} holds bytes that are not UTF-8; they were read as Latin-1"
            ));
        }
        Ok(())
    }

    /// All patients tables have been read.
    pub(crate) fn close_patients(&mut self) {
        if self.patients.is_there() && !self.ids.complete {
            self.patients.link_persons(&mut self.ids);
            self.ids.complete = true;
        }
    }

    #[inline]
    fn record(
        &mut self,
        table: &mut OpenTable,
        record: Record<'_>,
        row: u64,
        name: &str,
    ) -> Result<(), ImportError> {
        if let Kind::Unknown = table.kind {
            table.header = Header::new(record, &mut table.foreign);
            table.kind = self.kind(table, name)?;
            return Ok(());
        }
        self.rows += 1;
        table.rows += 1;
        let columns = table.header.len();
        if record.len() < columns {
            table.too_few.add(row);
        } else if record.len() > columns
            && (columns..record.len()).any(|field| !trim(record.get(field)).is_empty())
        {
            table.too_many.add(row);
            return Ok(());
        }
        let (ids, missing) = (&mut self.ids, &self.missing);
        match &mut table.kind {
            Kind::Series(file) => self
                .series
                .row(file, &table.header, record, row, ids, missing),
            Kind::Patients(file) => self.patients.row(file, record, row, ids, missing),
            Kind::Notes(file) => self.notes.row(file, record, row, ids, missing),
            Kind::Diagnoses(file) => self.diagnoses.row(file, record, row, ids, missing),
            Kind::Embeddings(file) => self.embeddings.row(file, record, row, ids, missing),
            Kind::Images(file) => self.images.row(file, record, row, ids, missing),
            Kind::Unknown | Kind::Skipped => {}
        }
        Ok(())
    }

    /// Decides what a table is once its header is read.
    fn kind(&mut self, table: &OpenTable, name: &str) -> Result<Kind, ImportError> {
        let header = &table.header;
        let named = table.guess.table_kind();
        let kind = header.table_kind(named);
        let roles = &self.options.roles;
        let perhaps = matches!(table.guess, Guess::Perhaps(_));
        if perhaps
            && named.is_none()
            && (header.len() < 2 || header.identifiers(name, roles).is_err())
        {
            self.warnings.push(not_usable(name, ""));
            return Ok(Kind::Skipped);
        }
        if kind == TableKind::Patients {
            return match self
                .patients
                .begin(header, name, table.delimiter, &mut self.ids, roles)
            {
                Ok(file) => Ok(Kind::Patients(file)),
                Err(error) if named == Some(TableKind::Patients) && !perhaps => Err(error),
                Err(error) => Ok(self.skip(error)),
            };
        }
        let linker = match Linker::new(header, name, &mut self.ids, roles) {
            Ok(linker) => linker,
            Err(error) => return Ok(self.skip(error)),
        };
        let kind = match kind {
            TableKind::Notes => header
                .note_text()
                .map(|text| Kind::Notes(NotesTables::begin(header, linker, text))),
            TableKind::Diagnoses => header
                .diagnosis_code()
                .map(|code| Kind::Diagnoses(DiagnosisTables::begin(header, linker, code))),
            TableKind::Images => header
                .image_file()
                .map(|file| Kind::Images(Images::begin(header, linker, file))),
            TableKind::Embeddings => {
                EmbeddingsTables::begin(header, linker, table.delimiter, name).map(Kind::Embeddings)
            }
            TableKind::Series | TableKind::Patients => {
                let named = named == Some(TableKind::Series);
                SeriesTables::begin(header, linker, table.delimiter, named).map(Kind::Series)
            }
        };
        Ok(match kind {
            Some(kind) => kind,
            None => {
                self.warnings.push(format!(
                    "{name} has no column of values beside its identifier; skipped"
                ));
                Kind::Skipped
            }
        })
    }

    /// Sets a table aside that cannot be used, and says why.
    fn skip(&mut self, error: ImportError) -> Kind {
        self.warnings.push(format!("{error} The file was skipped."));
        self.set_aside.get_or_insert(error);
        Kind::Skipped
    }
}

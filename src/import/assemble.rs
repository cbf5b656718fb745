//! The cohort from all tables.

use super::ImportError;
use super::ids::{Ids, Link};
use super::table::Tables;
use crate::cohort::{Cohort, Column, ColumnKind, MISSING, Role};
use crate::session::protocol::ImportOptions;

impl Tables {
    /// Makes the cohort.
    pub(crate) fn assemble(
        mut self,
        name: String,
        options: &ImportOptions,
    ) -> Result<Cohort, ImportError> {
        let mut warnings = std::mem::take(&mut self.warnings);
        let (ids, persons, mut columns) = if self.patients.is_there() {
            self.patients.finish(options, &mut warnings)?
        } else {
            if self.series.is_empty()
                && self.notes.is_empty()
                && self.embeddings.is_empty()
                && self.images.is_empty()
                && self.diagnoses.is_empty()
            {
                return Err(nothing(warnings, self.set_aside));
            }
            if self.ids.len() == 0 {
                self.images.name_samples(&mut self.ids);
            }
            samples_of_ids(&mut self.ids)
        };
        if ids.is_empty() {
            return Err(nothing(warnings, self.set_aside));
        }
        let series = self.series.finish(ids.len(), &self.ids, &mut warnings)?;
        let notes = self.notes.finish(&self.ids, &mut warnings);
        self.diagnoses
            .finish(ids.len(), &self.ids, &mut columns, options, &mut warnings);
        let embeddings = self.embeddings.finish(ids.len(), &self.ids, &mut warnings);
        let images = self.images.finish(&self.ids, &mut warnings);
        Ok(Cohort {
            name,
            ids,
            persons,
            columns,
            series,
            notes,
            images,
            embeddings,
            warnings,
            ..Cohort::default()
        })
    }
}

/// Why nothing is left: the one reason there is, else all of them.
fn nothing(warnings: Vec<String>, set_aside: Option<ImportError>) -> ImportError {
    match set_aside {
        Some(error) if warnings.len() == 1 => error,
        _ => ImportError::Nothing {
            reasons: warnings
                .iter()
                .map(|warning| format!("\n{warning}"))
                .collect(),
        },
    }
}

/// Samples from the identifiers of the other tables, where there is no patients table.
fn samples_of_ids(ids: &mut Ids) -> super::patients::Samples {
    let samples = ids.len() as u32;
    for key in 0..samples {
        ids.set_sample(key, key);
        debug_assert_eq!(ids.sample(key, Link::Sample), key);
    }
    let names: Vec<String> = (0..samples).map(|key| ids.name(key)).collect();
    let mut columns = vec![Column {
        name: ids.id_column.clone().unwrap_or_else(|| "id".to_owned()),
        role: Role::Id,
        kind: ColumnKind::Text,
        levels: names.clone(),
        codes: (0..samples).collect(),
    }];
    let codes: Vec<u32> = (0..samples).map(|key| ids.person(key)).collect();
    let known = codes.iter().any(|&code| code != MISSING);
    let persons = super::patients::persons(known.then_some(codes.as_slice()), names.len());
    if known {
        columns.push(Column {
            name: ids
                .group_column
                .clone()
                .unwrap_or_else(|| "patient".to_owned()),
            role: Role::Group,
            kind: ColumnKind::Text,
            levels: ids.persons.texts(),
            codes,
        });
    }
    (names, persons, columns)
}

//! What the ward's notes can say. `{}` stands for a name of the finding.

use super::factor::Factor::{self, *};

/// Something a note affirms, doubts or negates.
pub(super) struct Finding {
    /// The factor behind it.
    pub(super) factor: Factor,
    /// Share of the statement's variance that comes from the factor; 0: says nothing about it.
    pub(super) clarity: f64,
    /// Share of patients whose notes mention it, affirmed or not.
    pub(super) mentioned: f64,
    /// Whether every note mentions it, and not just one or two.
    pub(super) everywhere: bool,
    /// From this view of the factor on it is affirmed.
    pub(super) affirmed_from: f64,
    /// Its names: usual, abbreviated or colloquial, and one misspelt.
    pub(super) names: [&'static str; 3],
    pub(super) affirmed: &'static [&'static str],
    pub(super) doubted: &'static [&'static str],
    pub(super) negated: &'static [&'static str],
    /// Mentions the finding without saying whether the patient has it.
    pub(super) beside: &'static [&'static str],
}

/// How far below `affirmed_from` a view may lie for the finding to be doubted instead of negated.
pub(super) const DOUBT: f64 = 0.3;

pub(super) static FINDINGS: [Finding; 12] = [
    Finding {
        factor: Thrombosis,
        clarity: 0.97,
        mentioned: 1.0,
        everywhere: true,
        affirmed_from: 0.8,
        names: ["deep vein thrombosis", "DVT", "deep vein trombosis"],
        affirmed: &[
            "Acute {} in the left leg.",
            "New {} in the right leg, on heparin.",
            "{} confirmed on duplex.",
            "Duplex shows {}.",
        ],
        doubted: &[
            "Possible {}, duplex awaited.",
            "Suspected {} in the left leg, duplex to follow.",
        ],
        negated: &[
            "No {} in the left leg.",
            "No evidence of {} in the right leg, on heparin.",
            "{} excluded on duplex.",
            "Duplex without {}.",
        ],
        beside: &["Mother had {}.", "On heparin against {}."],
    },
    Finding {
        factor: Alcohol,
        clarity: 0.9,
        mentioned: 0.85,
        everywhere: false,
        affirmed_from: 0.85,
        names: ["alcohol abuse", "EtOH abuse", "alchohol abuse"],
        affirmed: &[
            "Admits to {}.",
            "Longstanding {} confirmed by the family.",
            "Ongoing {}, six beers a day.",
            "Relapse of {} last month.",
        ],
        doubted: &[
            "Possible {}, family to be asked.",
            "Suspected {}, evasive on this.",
        ],
        negated: &[
            "Denies {}.",
            "No history of {}.",
            "No {}, a beer on Sundays.",
            "{} denied, family agrees.",
        ],
        beside: &["Father had {}.", "Leaflet on {} handed out, as to all."],
    },
    Finding {
        factor: Cognition,
        clarity: 0.85,
        mentioned: 0.85,
        everywhere: false,
        affirmed_from: 0.75,
        names: ["confusion", "disorientation", "confuson"],
        affirmed: &[
            "New {} overnight.",
            "Marked {} this morning, pulls at lines.",
            "Fluctuating {} since admission.",
            "Ongoing {}, needs one to one care.",
        ],
        doubted: &[
            "Possible mild {}, to be watched.",
            "Family suspects {}, not clear on rounds.",
        ],
        negated: &[
            "No {} overnight.",
            "No signs of {} this morning.",
            "Alert, no {} since admission.",
            "Without {}, follows commands.",
        ],
        beside: &["Screened for {} each shift."],
    },
    Finding {
        factor: Malignancy,
        clarity: 0.88,
        mentioned: 0.75,
        everywhere: false,
        affirmed_from: 0.85,
        names: ["metastatic cancer", "metastatic ca", "metastatic cancr"],
        affirmed: &[
            "CT shows {}.",
            "{} confirmed by biopsy.",
            "New {} on CT, oncology informed.",
            "Advanced {}, under oncology.",
        ],
        doubted: &[
            "Possible {}, biopsy awaited.",
            "Suspected {} on ultrasound, CT to follow.",
        ],
        negated: &[
            "No {} on CT.",
            "No evidence of {}.",
            "{} excluded by biopsy.",
            "{} ruled out, lesion benign.",
        ],
        beside: &["Family history of {}.", "Brother died of {}."],
    },
    Finding {
        factor: Urinary,
        clarity: 0.88,
        mentioned: 0.75,
        everywhere: false,
        affirmed_from: 0.9,
        names: [
            "urinary retention",
            "retention of urine",
            "urinary retenton",
        ],
        affirmed: &[
            "Acute {}, catheter placed.",
            "{} confirmed on bladder scan, 900 ml.",
            "Recurrent {}, catheter left in.",
        ],
        doubted: &[
            "Possible {}, bladder scan awaited.",
            "Suspected {}, to be scanned.",
        ],
        negated: &[
            "No {} on bladder scan.",
            "No signs of {}, passes urine freely.",
            "{} ruled out on bladder scan.",
        ],
        beside: &["Told to report signs of {}."],
    },
    Finding {
        factor: Skin,
        clarity: 0.86,
        mentioned: 0.75,
        everywhere: false,
        affirmed_from: 0.9,
        names: ["pressure ulcer", "pressure sore", "presure ulcer"],
        affirmed: &[
            "Sacral {} grade 2, dressing changed.",
            "New {} at the heel.",
            "Deep {} over the hip, photo taken.",
        ],
        doubted: &[
            "Redness of the sacrum, possible {}.",
            "Suspected {} at the heel, recheck at night.",
        ],
        negated: &[
            "No {}, skin intact.",
            "No signs of {} at the heel.",
            "Skin without {} on arrival.",
        ],
        beside: &["Turned two hourly against {}.", "{} risk scored."],
    },
    Finding {
        factor: Bleeding,
        clarity: 0.75,
        mentioned: 0.85,
        everywhere: false,
        affirmed_from: 0.9,
        names: ["melaena", "tarry stool", "meleana"],
        affirmed: &[
            "{} since yesterday.",
            "Ongoing {}, scope booked.",
            "Fresh {} confirmed on rectal exam.",
        ],
        doubted: &["Possible {}, on iron.", "Suspected {}, sample sent."],
        negated: &[
            "No {} on rectal exam.",
            "Denies {}.",
            "No further {} since yesterday.",
        ],
        beside: &["Asked to report any {}."],
    },
    Finding {
        factor: Trauma,
        clarity: 0.85,
        mentioned: 0.85,
        everywhere: false,
        affirmed_from: 0.95,
        names: ["hip fracture", "hip fx", "hip fractur"],
        affirmed: &[
            "Displaced {} on film, for theatre.",
            "{} confirmed on film of the right hip.",
            "Acute {} after a fall on the left side.",
        ],
        doubted: &[
            "Possible {}, film awaited.",
            "Suspected {} after a fall, CT to follow.",
        ],
        negated: &[
            "No {} on film.",
            "{} excluded on film of the right hip.",
            "No evidence of {} after a fall on the left side.",
        ],
        beside: &["Old {}, healed.", "Mother had {}."],
    },
    Finding {
        factor: Congestion,
        clarity: 0.2,
        mentioned: 0.6,
        everywhere: false,
        affirmed_from: 0.4,
        names: ["orthopnoea", "ankle oedema", "ankle odema"],
        affirmed: &[
            "Reports {}.",
            "Mild {} for a week.",
            "Some {} in the evening.",
        ],
        doubted: &["Possible {}, poor historian."],
        negated: &["No {}.", "Denies {}.", "Without {} on exam."],
        beside: &[],
    },
    Finding {
        factor: Infection,
        clarity: 0.25,
        mentioned: 0.6,
        everywhere: false,
        affirmed_from: 0.4,
        names: ["rigors", "shaking chills", "rigours"],
        affirmed: &[
            "Had {} at home.",
            "Reports {} last night.",
            "New {} in the evening.",
        ],
        doubted: &["Possible {} before admission."],
        negated: &["No {}.", "Denies {}.", "No {} last night."],
        beside: &[],
    },
    Finding {
        factor: Consolidation,
        clarity: 0.0,
        mentioned: 0.6,
        everywhere: false,
        affirmed_from: 0.5,
        names: ["pneumonia", "chest infection", "pnuemonia"],
        affirmed: &[
            "Had {} two winters ago.",
            "Known for recurrent {} as a child.",
            "{} confirmed in 2016.",
        ],
        doubted: &[
            "Possible {}, film not yet read.",
            "Suspected {}, film to follow.",
        ],
        negated: &["No previous {}.", "No {} in the past.", "Denies past {}."],
        beside: &["Vaccinated against {}."],
    },
    Finding {
        factor: Consolidation,
        clarity: 0.08,
        mentioned: 0.6,
        everywhere: false,
        affirmed_from: 0.0,
        names: ["productive cough", "cough with sputum", "productive cogh"],
        affirmed: &["Reports {}.", "Ongoing {}."],
        doubted: &["Possible {}, asleep when seen."],
        negated: &["No {}.", "Denies {}."],
        beside: &[],
    },
];

/// Earlier illnesses that have nothing to do with any task.
pub(super) const HISTORY: [&str; 10] = [
    "hypertension",
    "hypothyroidism",
    "allergic rhinitis",
    "gout",
    "tonsillectomy",
    "migraine",
    "appendicectomy",
    "reflux",
    "psoriasis",
    "eczema",
];

/// Complaints that say little.
pub(super) const COMPLAINTS: [&str; 8] = [
    "feeling unwell",
    "weakness",
    "shortness of breath",
    "poor appetite",
    "dizziness",
    "abdominal discomfort",
    "general decline",
    "chest discomfort",
];

/// Sentences of any admission.
pub(super) const ADMISSION_PLAN: [&str; 7] = [
    "Chest film taken, not yet read.",
    "Bloods sent.",
    "Plan discussed with patient.",
    "Allergies: none known.",
    "ECG done, filed.",
    "Lives with family.",
    "Observations four hourly.",
];

/// Sentences of any nursing shift.
pub(super) const NURSING: [&str; 7] = [
    "Patient washed and settled.",
    "Ate half of the meal.",
    "Observations charted.",
    "Family visited and updated.",
    "Line site clean and dry.",
    "Slept in stretches.",
    "Call bell within reach.",
];

/// Sentences of any consultation.
pub(super) const CONSULTATION: [&str; 6] = [
    "Thank you for this referral.",
    "Chart and history reviewed.",
    "Examined at the bedside.",
    "Will see again tomorrow.",
    "Discussed with the ward team.",
    "Continue current treatment.",
];

/// Which shift writes.
pub(super) const SHIFTS: [&str; 3] = ["Day shift.", "Late shift.", "Night shift."];

/// Who was asked.
pub(super) const CONSULTED: [&str; 4] = ["Medicine", "Surgery", "Cardiology", "Physiotherapy"];

/// What hurried hands write instead.
pub(super) const ABBREVIATIONS: [(&str, &str); 14] = [
    ("Patient", "Pt"),
    ("patient", "pt"),
    ("history", "hx"),
    ("shortness of breath", "SOB"),
    ("hypertension", "HTN"),
    ("Observations", "Obs"),
    ("right leg", "R leg"),
    ("left leg", "L leg"),
    ("right calf", "R calf"),
    ("left calf", "L calf"),
    ("overnight", "o/n"),
    ("Suspected", "Susp."),
    ("Discussed", "D/w"),
    ("Bloods", "Labs"),
];

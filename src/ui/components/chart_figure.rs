//! A chart on the page: drawn for the width there is and for a light or dark page, with its numbers as a table and both as files.

use std::cell::OnceCell;
use std::sync::Arc;

use js_sys::Array;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{
    Element, HtmlDetailsElement, MutationObserver, MutationObserverInit, ResizeObserver,
};

use super::download::save_text;
use crate::charts::{self, Chart, Margins, Theme};
use crate::ui::state::Studio;

/// A chart that components hand to each other.
pub type SharedChart = Arc<dyn Chart + Send + Sync>;

thread_local! {
    /// Whether the page is dark; lives as long as the page.
    static DARK: OnceCell<ArcRwSignal<bool>> = const { OnceCell::new() };
}

/// The charts' colours on this page; follows the page's switch and the system's setting.
pub fn chart_theme() -> Signal<Theme> {
    let dark = DARK.with(|cell| cell.get_or_init(watch_darkness).clone());
    let dark = Memo::new(move |_| dark.get());
    Signal::derive(move || {
        if dark.get() {
            Theme::dark()
        } else {
            Theme::light()
        }
    })
}

fn watch_darkness() -> ArcRwSignal<bool> {
    let dark = ArcRwSignal::new(is_dark());
    let Some(window) = web_sys::window() else {
        return dark;
    };
    let signal = dark.clone();
    let look = Closure::<dyn Fn()>::new(move || {
        let now = is_dark();
        if signal.get_untracked() != now {
            signal.set(now);
        }
    });
    let callback: &js_sys::Function = look.as_ref().unchecked_ref();
    let system = window
        .match_media("(prefers-color-scheme: dark)")
        .ok()
        .flatten();
    if let Some(system) = system {
        // A media query always takes listeners.
        let _ = system.add_event_listener_with_callback("change", callback);
    }
    if let (Ok(observer), Some(root)) = (MutationObserver::new(callback), page_root()) {
        let options = MutationObserverInit::new();
        options.set_attributes(true);
        options.set_attribute_filter(&Array::of1(&"data-theme".into()));
        // An element of the page can always be observed.
        let _ = observer.observe_with_options(&root, &options);
    }
    look.forget();
    dark
}

fn page_root() -> Option<Element> {
    web_sys::window()?
        .document()?
        .query_selector("m3h-studio")
        .ok()
        .flatten()
}

fn is_dark() -> bool {
    let chosen = page_root().and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => web_sys::window()
            .and_then(|window| {
                window
                    .match_media("(prefers-color-scheme: dark)")
                    .ok()
                    .flatten()
            })
            .is_some_and(|system| system.matches()),
    }
}

/// The inner width in pixels of an element, in steps of 8; 0 until it is on the page.
pub fn width_of(node: NodeRef<Div>) -> Signal<f64> {
    let width = RwSignal::new(0.0);
    let kept = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn Fn()>)>);
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let measured = element.clone();
        let measure = Closure::<dyn Fn()>::new(move || {
            let now = f64::from(measured.client_width() / 8 * 8);
            if now > 0.0
                && width
                    .try_get_untracked()
                    .is_some_and(|before| before != now)
            {
                width.set(now);
            }
        });
        if let Ok(observer) = ResizeObserver::new(measure.as_ref().unchecked_ref()) {
            // Observing calls back at once with the first width.
            observer.observe(&element);
            kept.set_value(Some((observer, measure)));
        }
    });
    on_cleanup(move || {
        kept.try_update_value(|kept| {
            if let Some((observer, _)) = kept.take() {
                observer.disconnect();
            }
        });
    });
    width.into()
}

/// A chart with a heading, a hint, its numbers and buttons that save it.
#[component]
pub fn ChartFigure(
    /// The chart; drawn anew whenever it changes.
    #[prop(into)]
    chart: Signal<SharedChart>,
    /// What it shows in plain words.
    #[prop(optional, into)]
    hint: String,
    /// A heading other than the chart's title, for example without the task's name.
    #[prop(optional, into)]
    heading: Option<String>,
    /// Whether it may be wider than the page and scroll.
    #[prop(optional)]
    scrolls: bool,
    /// Hears of the link (`receiving,contributing`) of a heat map or graph that is clicked.
    #[prop(optional, into)]
    on_link: Option<Callback<(usize, usize)>>,
    /// Learns the width in pixels of the chart's place.
    #[prop(optional)]
    place: Option<RwSignal<f64>>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let theme = chart_theme();
    let area = NodeRef::<Div>::new();
    let width = width_of(area);
    let drawn = Memo::new(move |_| {
        let width = width.get();
        if width <= 0.0 {
            return String::new();
        }
        let drawn = chart.with(|chart| charts::svg(chart.as_ref(), &theme.get(), width));
        drawn.unwrap_or_else(|error| {
            let mut text = String::from("<p class=\"subtle\">");
            charts::push_escaped(&mut text, &error.to_string());
            text.push_str("</p>");
            text
        })
    });
    if let Some(place) = place {
        Effect::new(move |_| place.set(width.get()));
    }
    let margins = Memo::new(move |_| {
        let width = width.get();
        if !scrolls || width <= 0.0 {
            return None;
        }
        chart.with(|chart| charts::svg_margins(chart.as_ref(), &theme.get(), width))
    });
    let strips = move || {
        let strip =
            |class, svg| view! { <div class=class aria-hidden="true" inner_html=svg></div> };
        margins.get().map(|Margins { left, top, corner }| {
            view! {
                {strip("chart-strip chart-strip-left", left)}
                {strip("chart-strip chart-strip-top", top)}
                {strip("chart-strip chart-strip-corner", corner)}
            }
        })
    };
    let title = Memo::new(move |_| chart.with(|chart| chart.title()));
    let shown_title = move || heading.clone().unwrap_or_else(|| title.get());
    let open = RwSignal::new(false);
    let numbers = Memo::new(move |_| {
        if !open.get() {
            return String::new();
        }
        chart.with(|chart| chart.table().to_html(&chart.title()))
    });
    let save_svg = move |_| {
        let chart = chart.get_untracked();
        match charts::svg_file(chart.as_ref()) {
            Ok(svg) => keep(studio, &chart.title(), "svg", "image/svg+xml", &svg),
            Err(error) => studio.announce(error.to_string()),
        }
    };
    let save_csv = move |_| {
        let chart = chart.get_untracked();
        let csv = charts::csv_file(chart.as_ref());
        keep(
            studio,
            &chart.title(),
            "csv",
            "text/csv;charset=utf-8",
            &csv,
        );
    };
    let click = move |event: web_sys::MouseEvent| {
        let (Some(on_link), Some(target)) = (on_link, event.target()) else {
            return;
        };
        if let Some(link) = target
            .dyn_ref::<Element>()
            .and_then(|cell| cell.get_attribute("data-link"))
            .as_deref()
            .and_then(link_of)
        {
            on_link.run(link);
        }
    };
    view! {
        <figure class="chart" class:chart-scrolls=scrolls>
            <figcaption class="chart-head">
                <h3>{shown_title}</h3>
                <div class="chart-files">
                    <button
                        type="button"
                        class="button quiet small"
                        aria-label=move || format!("Save the chart {} as SVG", title.get())
                        on:click=save_svg
                    >
                        "SVG"
                    </button>
                    <button
                        type="button"
                        class="button quiet small"
                        aria-label=move || format!("Save the numbers of {} as CSV", title.get())
                        on:click=save_csv
                    >
                        "CSV"
                    </button>
                </div>
            </figcaption>
            {(!hint.is_empty()).then(|| view! { <p class="subtle chart-hint">{hint.clone()}</p> })}
            <div
                class="chart-area"
                node_ref=area
                tabindex=scrolls.then_some("0")
                role=scrolls.then_some("group")
                aria-label=move || scrolls.then(|| title.get())
                class:chart-overflows=move || margins.with(Option::is_some)
                on:click=click
            >
                <div class="chart-drawing" inner_html=move || drawn.get()></div>
                {strips}
            </div>
            <details
                class="chart-numbers"
                on:toggle=move |event| {
                    let details = event
                        .target()
                        .and_then(|target| target.dyn_into::<HtmlDetailsElement>().ok());
                    open.set(details.is_some_and(|details| details.open()));
                }
            >
                <summary>
                    "Numbers"
                    <span class="hidden-text">" of the chart " {move || title.get()}</span>
                </summary>
                <div
                    class="table-wrap"
                    tabindex="0"
                    role="group"
                    aria-label=move || format!("Numbers of {}", title.get())
                    inner_html=move || numbers.get()
                ></div>
            </details>
        </figure>
    }
}

fn link_of(text: &str) -> Option<(usize, usize)> {
    let (receiving, contributing) = text.split_once(',')?;
    Some((receiving.parse().ok()?, contributing.parse().ok()?))
}

/// Saves a file and tells a screen reader so, or why not.
pub fn keep(studio: Studio, title: &str, extension: &str, media_type: &str, text: &str) {
    let name = format!("{}.{extension}", charts::file_stem(title, "chart"));
    match save_text(&name, media_type, text) {
        Ok(()) => studio.announce(format!("{name} is saved.")),
        Err(message) => {
            studio.problem.set(Some(crate::ui::state::Problem {
                title: "The file could not be saved".to_string(),
                message,
            }));
        }
    }
}

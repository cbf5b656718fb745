//! The page's frame: header, the way through the panels, and the panel in view.

use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Document, HtmlElement};

use super::components::device::DeviceBadge;
use super::components::empty::EmptyState;
use super::components::model_file::OpenModelButton;
use super::components::navigation::Navigation;
use super::components::newer::NewerNotice;
use super::components::notice::{EngineNotice, ProblemNotice};
use super::components::theme::{Theme, ThemeSwitch};
use super::components::waiting_study::WaitingStudyNotice;
use super::components::work::WorkStatus;
use super::offline::{Keeping, Offline};
use super::panels::data::{Data, OpenDemoButton};
use super::panels::predict::Predict;
use super::panels::results::Results;
use super::panels::tasks::Tasks;
use super::panels::tim::Tim;
use super::panels::train::Train;
use super::state::{Panel, Standing, Studio, panels_shown};
use super::{arrival, happenings, interface};
use crate::addresses::{Asked, OnElement};
use crate::session::client::Address;

/// Mounts the studio in the page's `<m3h-studio>` element, or in the body where there is none.
pub fn mount() {
    show_panics();
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    let Some(root) = root_of(&document) else {
        return;
    };
    // What the page says while it loads, or without JavaScript.
    root.set_text_content(None);
    let mut asked = Asked::of_query(&arrival::query()).with_element(OnElement {
        panels: attribute(&root, "panels"),
        theme: attribute(&root, "theme"),
        study: attribute(&root, "study"),
        readonly: root.get_attribute("readonly"),
    });
    let (shown, problems) = panels_shown(&asked.panels, asked.readonly);
    asked.problems.extend(problems);
    let theme = asked.theme.as_deref().and_then(Theme::of_portal);
    if let (Some(name), None) = (&asked.theme, theme) {
        asked.problems.push(format!(
            "There is no theme {name}: the themes are light, dark and auto."
        ));
    }
    name_panels(&root, &shown);
    let address = Address {
        base: attribute(&root, "base").unwrap_or_else(|| "./".into()),
        build: build_of(&document),
        forced_device: asked.device.clone(),
    };
    let owner = Owner::new();
    owner.set();
    let studio = Studio::start(address, shown, asked.readonly);
    provide_context(studio);
    let offline = Offline::follow(&root);
    follow_address(studio, asked.panel.as_deref());
    if let Err(error) = interface::install(studio, &root) {
        web_sys::console::error_2(&"window.m3h could not be installed:".into(), &error);
    }
    let parent = root.clone();
    mount_to(parent, move || {
        provide_context(studio);
        provide_context(offline);
        view! { <App root=root theme=theme/> }
    })
    .forget();
    // Only now: mounting starts what runs tasks in the background.
    arrival::follow_fragment(studio);
    arrival::serve(studio, asked);
    // The state lives as long as the page.
    std::mem::forget(owner);
}

/// A panic is a bug: its text goes to the console, and the page says that it must be reloaded.
fn show_panics() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
        let document = web_sys::window().and_then(|window| window.document());
        let body = document.as_ref().and_then(Document::body);
        if let (Some(document), Some(body)) = (document, body)
            && let Ok(notice) = document.create_element("p")
        {
            notice.set_class_name("m3h-panic");
            notice.set_text_content(Some(
                "The page has met an error in its own code and must be reloaded. Your files are untouched.",
            ));
            // Nothing more can be done where even this fails.
            let _ = notice.set_attribute("role", "alert");
            let _ = body.prepend_with_node_1(&notice);
        }
    }));
}

fn root_of(document: &Document) -> Option<HtmlElement> {
    match document.query_selector("m3h-studio") {
        Ok(Some(root)) => root.dyn_into().ok(),
        _ => document.body(),
    }
}

/// For the styles, by which links to panels that are not shown are not, either.
fn name_panels(root: &HtmlElement, shown: &[Panel]) {
    let names: Vec<&str> = shown.iter().map(|panel| panel.address()).collect();
    // An element that is part of the page takes any attribute.
    let _ = root.set_attribute("data-panels", &names.join(" "));
}

fn attribute(element: &HtmlElement, name: &str) -> Option<String> {
    element
        .get_attribute(name)
        .filter(|value| !value.is_empty())
}

/// The build that index.html names; the version where it names none.
fn build_of(document: &Document) -> String {
    document
        .query_selector("meta[name=m3h-build]")
        .ok()
        .flatten()
        .and_then(|meta| meta.get_attribute("content"))
        .filter(|build| !build.is_empty())
        .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_string())
}

/// The panel follows the address: `#tasks`, or `?panel=tasks` at the start.
fn follow_address(studio: Studio, asked: Option<&str>) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let of_hash = move || {
        let hash = web_sys::window()?.location().hash().ok()?;
        Panel::of_address(&hash).filter(|panel| studio.shows(*panel))
    };
    let asked = Panel::of_address(asked.unwrap_or_default()).filter(|panel| studio.shows(*panel));
    studio
        .panel
        .set(of_hash().or(asked).unwrap_or(studio.first_panel()));
    let on_change = Closure::<dyn Fn()>::new(move || {
        // Without an address, as at the start, it is the first panel; an unknown one changes nothing.
        let is_empty = web_sys::window()
            .and_then(|window| window.location().hash().ok())
            .is_some_and(|hash| hash.is_empty());
        if let Some(panel) = of_hash().or(is_empty.then_some(studio.first_panel())) {
            studio.panel.set(panel);
        }
    });
    // A window always takes listeners.
    let _ =
        window.add_event_listener_with_callback("hashchange", on_change.as_ref().unchecked_ref());
    on_change.forget();
}

/// The whole page.
#[component]
pub fn App(
    /// The element that the page is mounted in.
    root: HtmlElement,
    /// The theme that the page around the studio has chosen.
    theme: Option<Theme>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let main = NodeRef::<leptos::html::Main>::new();
    follow_panel(studio, main, root.clone());
    happenings::tell(studio, root.clone());
    Offline::of_page().tell_worker(studio);
    let skip = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        focus_title(main);
    };
    view! {
        <header class="masthead">
            <a class="skip" href="#m3h-content" on:click=skip>
                "Skip to the content"
            </a>
            <a class="brand" href=format!("#{}", studio.first_panel().address())>
                <svg class="brand-mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
                    <path d="M5 6.5 12 12 5 17.5M12 12h7" fill="none" stroke="currentColor" stroke-width="1.5"></path>
                    <circle cx="5" cy="6.5" r="2.4"></circle>
                    <circle cx="5" cy="17.5" r="2.4"></circle>
                    <circle cx="19" cy="12" r="2.4"></circle>
                    <circle cx="12" cy="12" r="2.4"></circle>
                </svg>
                <span>"M3H Studio"</span>
            </a>
            <p class="masthead-cohort">{move || studio.cohort.with(|cohort| cohort.as_ref().map(|cohort| cohort.name.clone()))}</p>
            <DeviceBadge/>
            <ThemeSwitch root=root.into() given=theme/>
        </header>
        <div class="frame">
            <Navigation/>
            <main id="m3h-content" tabindex="-1" node_ref=main>
                <EngineNotice/>
                <NewerNotice/>
                <ProblemNotice/>
                <WaitingStudyNotice/>
                <WorkStatus/>
                <PanelInView/>
            </main>
        </div>
        <footer class="colophon">
            <p>"For research use only. Not a medical device."</p>
            <p>"Nothing leaves this device."</p>
            <p class="numbers">"Version " {env!("CARGO_PKG_VERSION")}</p>
            <OfflineLine/>
        </footer>
        <p class="hidden-text" role="status" aria-live="polite">
            {move || studio.announcement.get()}
        </p>
    }
}

/// Whether the studio can be used without its server.
#[component]
fn OfflineLine() -> impl IntoView {
    let offline = Offline::of_page();
    let words = move || match offline.keeping.get() {
        Keeping::Unknown => None,
        Keeping::Kept => Some("Kept for use offline."),
        Keeping::Failed => Some(
            "Not kept for use offline: it could not be loaded as a whole. The next visit tries again.",
        ),
        Keeping::Unavailable => {
            Some("Not kept for use offline: this browser, window or address does not allow it.")
        }
    };
    move || words().map(|words| view! { <p>{words}</p> })
}

/// The document's title names the panel, and a change of panel moves the focus to its heading. A portal's page keeps its own title.
fn follow_panel(studio: Studio, main: NodeRef<leptos::html::Main>, root: HtmlElement) {
    let root = StoredValue::new_local(root);
    let is_own_page = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.body())
        .is_some_and(|body| body.class_name().split(" ").any(|name| name == "m3h-page"));
    Effect::new(move |before: Option<Panel>| {
        let panel = studio.panel.get();
        if is_own_page
            && let Some(document) = web_sys::window().and_then(|window| window.document())
        {
            document.set_title(&format!("{} · M3H Studio", panel.title()));
        }
        if before.is_some_and(|before| before != panel) {
            if is_own_page {
                if let Some(window) = web_sys::window() {
                    window.scroll_to_with_x_and_y(0.0, 0.0);
                }
            } else {
                root.with_value(|root| {
                    if root.get_bounding_client_rect().top() < 0.0 {
                        root.scroll_into_view();
                    }
                });
            }
            request_animation_frame(move || focus_title(main));
        }
        panel
    });
}

fn focus_title(main: NodeRef<leptos::html::Main>) {
    let title = main
        .get_untracked()
        .and_then(|main| main.query_selector("h1").ok().flatten())
        .and_then(|title| title.dyn_into::<HtmlElement>().ok());
    if let Some(title) = title {
        // A heading that cannot take the focus leaves it where it is.
        let _ = title.focus();
    }
}

/// The panel of the address, or what has to be done before it can be used.
#[component]
fn PanelInView() -> impl IntoView {
    let studio = Studio::of_page();
    let shown = Memo::new(move |_| {
        let panel = studio.panel.get();
        (panel, studio.standing(panel) != Standing::Waiting)
    });
    move || match shown.get() {
        (Panel::Data, _) => view! { <Data/> }.into_any(),
        (Panel::Tasks, true) => view! { <Tasks/> }.into_any(),
        (Panel::Train, true) => view! { <Train/> }.into_any(),
        (Panel::Results, true) => view! { <Results/> }.into_any(),
        (Panel::Tim, true) => view! { <Tim/> }.into_any(),
        (Panel::Predict, true) => view! { <Predict/> }.into_any(),
        (panel, false) => view! { <NotYet panel=panel/> }.into_any(),
    }
}

/// A panel that has to wait: what it will show, and the button for the step that is missing.
#[component]
fn NotYet(
    /// The panel.
    panel: Panel,
) -> impl IntoView {
    let studio = Studio::of_page();
    let purpose = match panel {
        Panel::Data => "",
        Panel::Tasks => {
            "Here you decide what the model learns: outcomes, classes, quantities and groups of patients."
        }
        Panel::Train => "Here the model learns all tasks at once, with its scores live.",
        Panel::Results => {
            "Here every task is judged on patients that the model has not seen, with intervals."
        }
        Panel::Tim => "Here the task interaction measurement shows which task helps which.",
        Panel::Predict => "Here the trained model is asked about new patients.",
    };
    let missing = Memo::new(move |_| {
        if studio.cohort.with(Option::is_none) {
            Panel::Data
        } else if studio.study.with(Option::is_none) {
            Panel::Tasks
        } else {
            Panel::Train
        }
    });
    // Where the panel of the missing step is not shown, the page around the studio sees to it.
    let can = move |missing: Panel| !studio.readonly && studio.shows(missing);
    let offers_model = !studio.readonly && matches!(panel, Panel::Results | Panel::Predict);
    view! {
        <EmptyState title=panel.title() text=purpose>
            {move || match missing.get() {
                missing if !can(missing) => {
                    let words = if panel == Panel::Tim && studio.from_file.get() {
                        "The model in force was opened from a file, and the patients it was trained on are not here. How its tasks interact can be seen where it was trained."
                    } else if studio.is_training() {
                        "Training is running. This panel fills when it ends."
                    } else if missing == Panel::Data {
                        "No patients are open yet. This panel fills once the page around the studio has opened them and trained a model."
                    } else {
                        "No model is trained yet. This panel fills once the page around the studio has trained one."
                    };
                    view! { <p>{words}</p> }.into_any()
                }
                Panel::Data => {
                    view! {
                        <p>"Open a cohort first: your own files, or the demo ward."</p>
                        <OpenDemoButton/>
                        <a class="button" href="#data">"Open your files"</a>
                    }
                        .into_any()
                }
                Panel::Tasks => {
                    view! {
                        <p>"Say first what the model should learn."</p>
                        <a class="button primary" href="#tasks">"Go to the tasks"</a>
                    }
                        .into_any()
                }
                _ if panel == Panel::Tim && studio.from_file.get() => {
                    view! {
                        <p>
                            "The model in force was opened from a file, and the patients it was trained on are not here. Train a model on the open cohort to see how its tasks interact."
                        </p>
                        <a class="button primary" href="#train">"Go to the training"</a>
                    }
                        .into_any()
                }
                _ if studio.is_training() => {
                    view! {
                        <p>"Training is running. The results appear when it ends."</p>
                        <a class="button primary" href="#train">"Watch the training"</a>
                    }
                        .into_any()
                }
                _ => {
                    view! {
                        <p>"Train the model first."</p>
                        <a class="button primary" href="#train">"Go to the training"</a>
                    }
                        .into_any()
                }
            }}
            {offers_model.then(|| view! { <OpenModelButton/> })}
        </EmptyState>
    }
}

//! Where charts are drawn: a plotters backend that writes SVG, and the page's own marks beside it.
//!
//! plotters-svg is not used, for three reasons: it rounds to whole pixels; it cannot group or name marks; and in a browser plotters measures text
//! with a `style` attribute, which a strict content-security policy refuses (`style-src 'self'`). Here plotters places the data marks and
//! the canvas writes the text.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::{Cartesian2d, DrawingArea};
use plotters::style::{RGBAColor, ShapeStyle};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use super::text::{push_escaped, text_width};
use super::theme::{Colour, Theme};

/// Units of the backend in a pixel: plotters counts in whole units.
const UNITS: f64 = 10.0;

/// Size of tick labels and other small text, in pixels.
pub(super) const SMALL: f64 = 11.0;

/// Size of axis labels and other text, in pixels.
pub(super) const NORMAL: f64 = 12.0;

/// Why a chart could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// plotters refused the layout.
    #[error("The chart could not be drawn in this space; its numbers stand in the table.")]
    Layout,
}

impl From<DrawingAreaErrorKind<Infallible>> for ChartError {
    fn from(_: DrawingAreaErrorKind<Infallible>) -> Self {
        ChartError::Layout
    }
}

/// A plotters backend that appends SVG marks to a shared text.
pub(super) struct SvgBackend {
    marks: Rc<RefCell<String>>,
    size: (u32, u32),
}

/// Appends a number of backend units in pixels, with one decimal at most.
fn push_units(text: &mut String, units: i32) {
    if units < 0 {
        text.push('-');
    }
    let units = units.unsigned_abs();
    push_digits(text, units / 10);
    if !units.is_multiple_of(10) {
        text.push('.');
        push_digits(text, units % 10);
    }
}

fn push_digits(text: &mut String, mut number: u32) {
    let mut digits = [0u8; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    for &digit in &digits[at..] {
        text.push(char::from(digit));
    }
}

/// Appends a number of pixels, with one decimal at most.
fn push_pixels(text: &mut String, pixels: f64) {
    push_units(text, (pixels * UNITS).round() as i32);
}

/// Appends ` name="pixels"`.
fn push_length(text: &mut String, name: &str, pixels: f64) {
    text.push(' ');
    text.push_str(name);
    text.push_str("=\"");
    push_pixels(text, pixels);
    text.push('"');
}

/// Appends a place in pixels.
fn push_point(text: &mut String, (x, y): (f64, f64)) {
    push_pixels(text, x);
    text.push(' ');
    push_pixels(text, y);
}

/// Appends a path's tag up to its shape: a curve with one control point.
fn push_curve(text: &mut String, [from, control, to]: [(f64, f64); 3]) {
    text.push_str("<path d=\"M");
    push_point(text, from);
    text.push('Q');
    push_point(text, control);
    text.push(' ');
    push_point(text, to);
    text.push_str("\" fill=\"none\"");
}

fn push_colour(text: &mut String, name: &str, colour: Colour, opacity: f64) {
    text.push(' ');
    text.push_str(name);
    text.push_str("=\"");
    colour.write(text);
    text.push('"');
    if opacity < 0.995 {
        text.push(' ');
        text.push_str(name);
        text.push_str("-opacity=\"0.");
        let percent = (opacity * 100.0).round().clamp(0.0, 99.0) as u32;
        push_digits(text, percent / 10);
        push_digits(text, percent % 10);
        text.push('"');
    }
}

fn colour_of(colour: BackendColor) -> Colour {
    Colour {
        red: colour.rgb.0,
        green: colour.rgb.1,
        blue: colour.rgb.2,
    }
}

fn push_points<I: IntoIterator<Item = BackendCoord>>(text: &mut String, points: I) {
    for (index, (x, y)) in points.into_iter().enumerate() {
        text.push(if index == 0 { 'M' } else { 'L' });
        push_units(text, x);
        text.push(' ');
        push_units(text, y);
    }
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for SvgBackend {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let text = &mut *self.marks.borrow_mut();
        text.push_str("<rect x=\"");
        push_units(text, upper_left.0.min(bottom_right.0));
        text.push_str("\" y=\"");
        push_units(text, upper_left.1.min(bottom_right.1));
        text.push_str("\" width=\"");
        push_units(text, (bottom_right.0 - upper_left.0).abs());
        text.push_str("\" height=\"");
        push_units(text, (bottom_right.1 - upper_left.1).abs());
        text.push('"');
        push_style(text, style, fill);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let text = &mut *self.marks.borrow_mut();
        text.push_str("<path d=\"");
        push_points(text, path);
        text.push('"');
        push_style(text, style, false);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let text = &mut *self.marks.borrow_mut();
        text.push_str("<circle cx=\"");
        push_units(text, center.0);
        text.push_str("\" cy=\"");
        push_units(text, center.1);
        text.push_str("\" r=\"");
        push_units(text, i32::try_from(radius).unwrap_or(0));
        text.push('"');
        push_style(text, style, fill);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        outline: I,
        style: &S,
    ) -> Drawn {
        let text = &mut *self.marks.borrow_mut();
        text.push_str("<path d=\"");
        push_points(text, outline);
        text.push_str("Z\"");
        push_style(text, style, true);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let colour = colour_of(style.color());
        let label = Label::new(f64::from(x) / UNITS, f64::from(y) / UNITS, colour)
            .size(style.size() / UNITS);
        push_label(&mut self.marks.borrow_mut(), text, &label);
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let width = text_width(text, style.size()).ceil() as u32;
        Ok((width, style.size().ceil() as u32))
    }
}

/// Ends a mark's tag with its colours.
fn push_style<S: BackendStyle>(text: &mut String, style: &S, fill: bool) {
    let (colour, opacity) = (colour_of(style.color()), style.color().alpha);
    if fill {
        push_colour(text, "fill", colour, opacity);
    } else {
        text.push_str(" fill=\"none\"");
        push_colour(text, "stroke", colour, opacity);
        let width = i32::try_from(style.stroke_width()).unwrap_or(0);
        if width != UNITS as i32 {
            text.push_str(" stroke-width=\"");
            push_units(text, width);
            text.push('"');
        }
    }
    text.push_str("/>");
}

/// Which point of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Its start.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// How and where a text stands. `y` is its baseline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    x: f64,
    y: f64,
    size: f64,
    colour: Colour,
    anchor: Anchor,
    bold: bool,
    upwards: bool,
}

impl Label {
    /// Text of the normal size that starts at a point.
    pub(super) fn new(x: f64, y: f64, colour: Colour) -> Self {
        Self {
            x,
            y,
            size: NORMAL,
            colour,
            anchor: Anchor::Start,
            bold: false,
            upwards: false,
        }
    }

    /// Of another size in pixels.
    pub(super) fn size(self, size: f64) -> Self {
        Self { size, ..self }
    }

    /// Held at another point.
    pub(super) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// In bold type.
    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Running from the bottom to the top.
    pub(super) fn upwards(self) -> Self {
        Self {
            upwards: true,
            ..self
        }
    }
}

fn push_label(marks: &mut String, text: &str, label: &Label) {
    marks.push_str("<text");
    push_length(marks, "x", label.x);
    push_length(marks, "y", label.y);
    if label.size != NORMAL {
        push_length(marks, "font-size", label.size);
    }
    match label.anchor {
        Anchor::Start => {}
        Anchor::Middle => marks.push_str(" text-anchor=\"middle\""),
        Anchor::End => marks.push_str(" text-anchor=\"end\""),
    }
    if label.bold {
        marks.push_str(" font-weight=\"600\"");
    }
    if label.upwards {
        marks.push_str(" transform=\"rotate(-90 ");
        push_pixels(marks, label.x);
        marks.push(' ');
        push_pixels(marks, label.y);
        marks.push_str(")\"");
    }
    push_colour(marks, "fill", label.colour, 1.0);
    marks.push('>');
    push_escaped(marks, text);
    marks.push_str("</text>");
}

/// The coordinates of a chart's data.
type Coordinates = Cartesian2d<RangedCoordf64, RangedCoordf64>;

/// A drawing of a given size in pixels.
pub(super) struct Canvas {
    /// Colours to draw with.
    pub(super) theme: Theme,
    /// Width in pixels.
    pub(super) width: f64,
    /// Height in pixels.
    pub(super) height: f64,
    marks: Rc<RefCell<String>>,
    area: DrawingArea<SvgBackend, Shift>,
}

impl Canvas {
    /// An empty drawing.
    pub(super) fn new(theme: &Theme, width: f64, height: f64) -> Self {
        let marks = Rc::new(RefCell::new(String::new()));
        let size = ((width * UNITS) as u32, (height * UNITS) as u32);
        let backend = SvgBackend {
            marks: Rc::clone(&marks),
            size,
        };
        Self {
            theme: theme.clone(),
            width,
            height,
            marks,
            area: backend.into_drawing_area(),
        }
    }

    /// The region between four pixel edges, with the data's coordinates.
    pub(super) fn plane(&self, edges: Edges, x: (f64, f64), y: (f64, f64)) -> Plane {
        let units = |pixels: f64| (pixels * UNITS).round() as i32;
        let pixels = (
            units(edges.left)..units(edges.right),
            // Upwards: plotters draws the first value at the first pixel.
            units(edges.bottom)..units(edges.top),
        );
        Plane {
            area: self
                .area
                .apply_coord_spec(Coordinates::new(x.0..x.1, y.0..y.1, pixels)),
            edges,
            x,
            y,
        }
    }

    /// Writes a text.
    pub(super) fn text(&self, text: &str, label: Label) {
        push_label(&mut self.marks.borrow_mut(), text, &label);
    }

    /// Draws a filled rectangle.
    pub(super) fn rectangle(&self, edges: Edges, fill: Colour) {
        self.cell(edges, fill, "", "");
    }

    /// Draws a filled rectangle with further attributes (as written) and a title that browsers show as a hint.
    pub(super) fn cell(&self, edges: Edges, fill: Colour, attributes: &str, title: &str) {
        let text = &mut *self.marks.borrow_mut();
        text.push_str("<rect");
        push_length(text, "x", edges.left);
        push_length(text, "y", edges.top);
        push_length(text, "width", edges.right - edges.left);
        push_length(text, "height", edges.bottom - edges.top);
        push_colour(text, "fill", fill, 1.0);
        text.push_str(attributes);
        if title.is_empty() {
            text.push_str("/>");
        } else {
            text.push_str("><title>");
            push_escaped(text, title);
            text.push_str("</title></rect>");
        }
    }

    /// Draws the outline of a rectangle that lets pointers through.
    pub(super) fn outline(&self, edges: Edges, colour: Colour, width: f64) {
        let text = &mut *self.marks.borrow_mut();
        text.push_str("<rect");
        push_length(text, "x", edges.left);
        push_length(text, "y", edges.top);
        push_length(text, "width", edges.right - edges.left);
        push_length(text, "height", edges.bottom - edges.top);
        text.push_str(" fill=\"none\" pointer-events=\"none\"");
        push_colour(text, "stroke", colour, 1.0);
        push_length(text, "stroke-width", width);
        text.push_str("/>");
    }

    /// Draws a straight line; `dashes` is empty or the lengths of a dash and a gap.
    pub(super) fn line(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        colour: Colour,
        width: f64,
        dashes: &str,
    ) {
        let text = &mut *self.marks.borrow_mut();
        text.push_str("<path d=\"M");
        push_point(text, from);
        text.push('L');
        push_point(text, to);
        text.push('"');
        push_colour(text, "stroke", colour, 1.0);
        if width != 1.0 {
            push_length(text, "stroke-width", width);
        }
        if !dashes.is_empty() {
            text.push_str(" stroke-dasharray=\"");
            text.push_str(dashes);
            text.push('"');
        }
        text.push_str("/>");
    }

    /// Draws a curve with one control point; `dashes` is empty or the lengths of a dash and a gap.
    pub(super) fn curve(
        &self,
        [from, control, to]: [(f64, f64); 3],
        (colour, width): (Colour, f64),
        dashes: &str,
    ) {
        let text = &mut *self.marks.borrow_mut();
        push_curve(text, [from, control, to]);
        push_colour(text, "stroke", colour, 1.0);
        push_length(text, "stroke-width", width);
        if !dashes.is_empty() {
            text.push_str(" stroke-dasharray=\"");
            text.push_str(dashes);
            text.push('"');
        }
        text.push_str("/>");
    }

    /// Lays an invisible broad curve over another, with further attributes (as written) and a title that browsers show as a hint: a thin line is
    /// hard to point at.
    pub(super) fn touch_curve(&self, points: [(f64, f64); 3], attributes: &str, title: &str) {
        let text = &mut *self.marks.borrow_mut();
        push_curve(text, points);
        text.push_str(" stroke=\"transparent\" stroke-width=\"14\" pointer-events=\"stroke\"");
        text.push_str(attributes);
        text.push_str("><title>");
        push_escaped(text, title);
        text.push_str("</title></path>");
    }

    /// Draws a filled triangle.
    pub(super) fn triangle(&self, corners: [(f64, f64); 3], fill: Colour) {
        let text = &mut *self.marks.borrow_mut();
        text.push_str("<path d=\"");
        for (index, corner) in corners.into_iter().enumerate() {
            text.push(if index == 0 { 'M' } else { 'L' });
            push_point(text, corner);
        }
        text.push_str("Z\"");
        push_colour(text, "fill", fill, 1.0);
        text.push_str("/>");
    }

    /// Opens a group with attributes (as written) and a title that browsers show as a hint.
    pub(super) fn open_group(&self, attributes: &str, title: &str) {
        let text = &mut *self.marks.borrow_mut();
        text.push_str("<g");
        text.push_str(attributes);
        text.push('>');
        if !title.is_empty() {
            text.push_str("<title>");
            push_escaped(text, title);
            text.push_str("</title>");
        }
    }

    /// Closes the group opened last.
    pub(super) fn close_group(&self) {
        self.marks.borrow_mut().push_str("</g>");
    }

    /// The SVG document. The heading is for files; inside a page it would be a hint over the whole chart.
    pub(super) fn finish(self, description: &str, heading: Option<&Heading>) -> String {
        let mut document = opening(self.width, self.height);
        document.push_str(" role=\"img\" aria-label=\"");
        push_escaped(&mut document, description);
        document.push_str("\">");
        if let Some(heading) = heading {
            document.push_str("<title>");
            push_escaped(&mut document, &heading.title);
            document.push_str("</title>");
            if !heading.provenance.is_empty() {
                document.push_str("<desc>");
                push_escaped(&mut document, &heading.provenance);
                document.push_str("</desc>");
            }
            self.push_ground(&mut document);
        }
        document.push_str(&self.marks.borrow());
        document.push_str("</svg>");
        document
    }

    /// The upper left part of the drawing on a ground, as decoration.
    pub(super) fn cut(&self, width: f64, height: f64) -> String {
        let mut document = opening(width, height);
        document.push_str(" aria-hidden=\"true\">");
        self.push_ground(&mut document);
        document.push_str(&self.marks.borrow());
        document.push_str("</svg>");
        document
    }

    fn push_ground(&self, document: &mut String) {
        document.push_str("<rect width=\"100%\" height=\"100%\"");
        push_colour(document, "fill", self.theme.surface, 1.0);
        document.push_str("/>");
    }
}

/// What stands at the head of a file.
pub(super) struct Heading {
    /// What the drawing is called.
    pub(super) title: String,
    /// How its numbers came about, a line each.
    pub(super) provenance: String,
}

/// An SVG element's tag up to its size and type.
fn opening(width: f64, height: f64) -> String {
    let mut document = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ");
    push_pixels(&mut document, width);
    document.push(' ');
    push_pixels(&mut document, height);
    document.push('"');
    push_length(&mut document, "width", width);
    push_length(&mut document, "height", height);
    document.push_str(" font-family=\"system-ui, sans-serif\" font-size=\"12\"");
    document
}

/// Edges of a region in pixels from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edges {
    /// Left edge.
    pub(super) left: f64,
    /// Upper edge.
    pub(super) top: f64,
    /// Right edge.
    pub(super) right: f64,
    /// Lower edge.
    pub(super) bottom: f64,
}

/// A region with the data's coordinates. What lies outside of it is left out or cut by the caller.
pub(super) struct Plane {
    area: DrawingArea<SvgBackend, Coordinates>,
    /// Its edges in pixels.
    pub(super) edges: Edges,
    x: (f64, f64),
    y: (f64, f64),
}

fn stroke(colour: Colour, opacity: f64, width: f64) -> ShapeStyle {
    ShapeStyle {
        color: RGBAColor(colour.red, colour.green, colour.blue, opacity),
        filled: false,
        stroke_width: (width * UNITS).round() as u32,
    }
}

fn filled(colour: Colour, opacity: f64) -> ShapeStyle {
    ShapeStyle {
        filled: true,
        ..stroke(colour, opacity, 1.0)
    }
}

impl Plane {
    /// Where a value lies, in pixels from the left.
    pub(super) fn x_pixel(&self, x: f64) -> f64 {
        let share = (x - self.x.0) / (self.x.1 - self.x.0);
        self.edges.left + share * (self.edges.right - self.edges.left)
    }

    /// Where a value lies, in pixels from the top.
    pub(super) fn y_pixel(&self, y: f64) -> f64 {
        let share = (y - self.y.0) / (self.y.1 - self.y.0);
        self.edges.bottom - share * (self.edges.bottom - self.edges.top)
    }

    fn inside(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (x.clamp(self.x.0, self.x.1), y.clamp(self.y.0, self.y.1))
    }

    /// Points as drawn: finite ones, held inside of the region, without those that move the line by less than a third of a pixel.
    fn visible(&self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let mut visible: Vec<(f64, f64)> = Vec::new();
        let mut last = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for (index, &(x, y)) in points.iter().enumerate() {
            if !(x.is_finite() && y.is_finite()) {
                continue;
            }
            let point = self.inside((x, y));
            let pixel = (self.x_pixel(point.0), self.y_pixel(point.1));
            let moved = (pixel.0 - last.0).abs().max((pixel.1 - last.1).abs());
            if moved >= 0.34 || index + 1 == points.len() {
                visible.push(point);
                last = pixel;
            }
        }
        visible
    }

    /// Draws a line through points; values that are not finite are left out.
    pub(super) fn curve(
        &self,
        points: &[(f64, f64)],
        colour: Colour,
        opacity: f64,
        width: f64,
    ) -> Result<(), ChartError> {
        let visible = self.visible(points);
        if visible.len() < 2 {
            return Ok(());
        }
        let path = PathElement::new(visible, stroke(colour, opacity, width));
        Ok(self.area.draw(&path)?)
    }

    /// Fills the region between a line and the value `base`.
    pub(super) fn fill_under(
        &self,
        points: &[(f64, f64)],
        base: f64,
        colour: Colour,
        opacity: f64,
    ) -> Result<(), ChartError> {
        let mut outline = self.visible(points);
        let (Some(first), Some(last)) = (outline.first().copied(), outline.last().copied()) else {
            return Ok(());
        };
        outline.push(self.inside((last.0, base)));
        outline.push(self.inside((first.0, base)));
        Ok(self
            .area
            .draw(&Polygon::new(outline, filled(colour, opacity)))?)
    }

    /// Draws a filled rectangle between two corners.
    pub(super) fn bar(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        colour: Colour,
    ) -> Result<(), ChartError> {
        if ![from.0, from.1, to.0, to.1].iter().all(|v| v.is_finite()) {
            return Ok(());
        }
        let corners = [self.inside(from), self.inside(to)];
        Ok(self
            .area
            .draw(&Rectangle::new(corners, filled(colour, 1.0)))?)
    }

    /// Draws a dot of a radius in pixels.
    pub(super) fn dot(
        &self,
        at: (f64, f64),
        radius: f64,
        colour: Colour,
        opacity: f64,
    ) -> Result<(), ChartError> {
        if !(at.0.is_finite() && at.1.is_finite()) {
            return Ok(());
        }
        let radius = (radius * UNITS).round() as i32;
        let circle = Circle::new(self.inside(at), radius, filled(colour, opacity));
        Ok(self.area.draw(&circle)?)
    }
}

//! Grow a valid document out of a stream of blocks and texts that may come in any order.
//!
//! Whatever is opened where the schema has no place for it is given one: a missing item, row or cell is implied, and
//! text beside the cells of a table moves before it, as in a browser. Near the caps of depth and size structure is no
//! longer added, but text still is. `check` completes the result: it adds empty paragraphs and sorts marks.

mod code;
mod line;

use super::schema::{MAX_DEPTH, MAX_NODES, Node};
use code::Code;
use serde_json::{Map, Value};

/// Nodes kept back for closing what is open when the rest is spent.
const RESERVE: usize = 300;

/// What an open block costs at most: itself, the paragraph that `check` may add, and a list that is split at it.
const BLOCK_COST: usize = 3;

pub(super) struct Builder {
    frames: Vec<Frame>,
    line: Vec<Value>,
    code: Option<Code>,
    style: Style,
    left: usize,
}

/// The kind of text block that the next line becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Style {
    pub node: Node,
    pub attrs: Map<String, Value>,
}

impl Style {
    pub fn paragraph() -> Self {
        Self { node: Node::Paragraph, attrs: Map::new() }
    }
}

struct Frame {
    node: Node,
    attrs: Map<String, Value>,
    content: Vec<Value>,
    /// Opened by the builder itself, which therefore also closes it.
    implied: bool,
}

impl Builder {
    pub fn new() -> Self {
        let doc = Frame { node: Node::Doc, attrs: Map::new(), content: Vec::new(), implied: false };
        Self { frames: vec![doc], line: Vec::new(), code: None, style: Style::paragraph(), left: MAX_NODES - 2 }
    }

    /// The document; not yet in its canonical form.
    pub fn finish(mut self) -> Value {
        self.close_to(1);
        self.flush();
        let content: Vec<Value> = self.frames.drain(..).flat_map(|doc| doc.content).collect();
        node_of(Node::Doc, Map::new(), content)
    }

    /// How many containers are open, the document included.
    pub fn depth(&self) -> usize {
        self.frames.len()
    }

    pub fn style(&self) -> &Style {
        &self.style
    }

    /// Ends the line; the next ones are of this kind. Returns the kind so far.
    pub fn set_style(&mut self, style: Style) -> Style {
        self.boundary();
        std::mem::replace(&mut self.style, style)
    }

    /// Ends the line, if one is open.
    pub fn boundary(&mut self) {
        if self.is_full() { self.text(" ", &[]) } else { self.flush() }
    }

    /// Adds a block without content: an image, a rule or an embed.
    pub fn leaf(&mut self, node: Node, attrs: Map<String, Value>) {
        if self.is_full() || self.code.is_some() {
            return;
        }
        self.flush();
        self.spend(1);
        self.place(node_of(node, attrs, Vec::new()));
    }

    /// Makes the item that has just been opened a task.
    pub fn task(&mut self, checked: bool) {
        let is_fresh = self.line.is_empty();
        if let Some(top) = self.frames.last_mut()
            && top.node == Node::ListItem
            && top.content.is_empty()
            && is_fresh
        {
            top.node = Node::TaskItem;
            top.attrs.insert("checked".to_owned(), checked.into());
        }
    }

    /// Opens a quote, list or table; only ends the line when the caps leave no room for one.
    pub fn open(&mut self, node: Node, attrs: Map<String, Value>) {
        self.boundary();
        if self.is_full() {
            return;
        }
        self.imply_parent();
        let levels = match node {
            Node::Table => 3,
            Node::Blockquote => 1,
            _ => 2,
        };
        // Two more levels are for a text block and its text.
        if self.frames.len() + levels + 2 <= MAX_DEPTH {
            self.push(node, attrs, false);
        }
    }

    /// Makes room for a list item: afterwards the innermost container is a list, if the caps leave room for one.
    pub fn prepare_item(&mut self) {
        self.boundary();
        if self.top_is(Node::ListItem) && self.top_is_implied() {
            self.pop();
        }
        if !self.is_in_list() {
            self.open(Node::BulletList, Map::new());
            if let Some(top) = self.frames.last_mut().filter(|top| top.node == Node::BulletList) {
                top.implied = true;
            }
        }
    }

    pub fn open_item(&mut self) {
        if self.is_in_list() && !self.is_full() {
            self.push(Node::ListItem, Map::new(), false);
        }
    }

    pub fn open_row(&mut self) {
        self.boundary();
        while self.top_is_implied() && [Node::TableCell, Node::TableRow].iter().any(|node| self.top_is(*node)) {
            self.pop();
        }
        if self.top_is(Node::Table) && !self.is_full() {
            self.push(Node::TableRow, Map::new(), false);
        }
    }

    /// Opens a cell; `node` says whether it is a header.
    pub fn open_cell(&mut self, node: Node, attrs: Map<String, Value>) {
        self.boundary();
        if self.is_full() {
            return;
        }
        if self.top_is(Node::TableCell) && self.top_is_implied() {
            self.pop();
        }
        if self.top_is(Node::Table) {
            self.push(Node::TableRow, Map::new(), true);
        }
        if self.top_is(Node::TableRow) {
            self.push(node, attrs, false);
        }
    }

    /// Closes a list that no element opened; whatever comes next is not an item of it.
    pub fn end_implied_list(&mut self) {
        if self.is_in_list() && self.top_is_implied() {
            self.pop();
        }
    }

    /// Ends the line and closes containers until only `depth` are open.
    pub fn close_to(&mut self, depth: usize) {
        self.close_code();
        if self.frames.len() <= depth.max(1) {
            return self.boundary();
        }
        while self.frames.len() > depth.max(1) {
            self.flush();
            self.pop();
        }
    }

    fn push(&mut self, node: Node, attrs: Map<String, Value>, implied: bool) {
        self.spend(BLOCK_COST);
        self.frames.push(Frame { node, attrs, content: Vec::new(), implied });
    }

    /// Closes the innermost container and places it, unless it would be an empty shell.
    fn pop(&mut self) {
        if self.frames.len() < 2 {
            return;
        }
        let Some(frame) = self.frames.pop() else { return };
        let keeps_empty = matches!(frame.node, Node::ListItem | Node::TaskItem | Node::TableHeader | Node::TableCell);
        if frame.content.is_empty() && !keeps_empty {
            return;
        }
        let blocks = match frame.node {
            Node::BulletList | Node::OrderedList => split_list(frame),
            node => vec![node_of(node, frame.attrs, frame.content)],
        };
        if let Some(parent) = self.frames.last_mut() {
            parent.content.extend(blocks);
        }
    }

    /// Puts a block where blocks may stand: before the table when it is between the table's cells.
    fn place(&mut self, block: Value) {
        let is_between_cells = |frame: &Frame| matches!(frame.node, Node::Table | Node::TableRow);
        if self.frames.last().is_some_and(is_between_cells) {
            if let Some(parent) = self.frames.iter_mut().rev().find(|frame| !is_between_cells(frame)) {
                parent.content.push(block);
            }
            return;
        }
        self.imply_parent();
        if let Some(parent) = self.frames.last_mut() {
            parent.content.push(block);
        }
    }

    /// Makes the innermost container one that holds blocks.
    fn imply_parent(&mut self) {
        self.end_implied_list();
        if self.is_in_list() {
            self.reopen_item();
        }
        if self.top_is(Node::Table) {
            self.push(Node::TableRow, Map::new(), true);
        }
        if self.top_is(Node::TableRow) {
            self.push(Node::TableCell, Map::new(), true);
        }
    }

    /// Opens the last item of the list again, since a list directly in a list means to be below that item; else a new one.
    fn reopen_item(&mut self) {
        let last = self.frames.last_mut().and_then(|list| list.content.pop());
        let Some(Value::Object(mut item)) = last else {
            return self.push(Node::ListItem, Map::new(), true);
        };
        let node = item.get("type").and_then(Value::as_str).and_then(Node::parse).unwrap_or(Node::ListItem);
        let take = |item: &mut Map<String, Value>, key: &str| item.remove(key).unwrap_or_default();
        let attrs = if let Value::Object(attrs) = take(&mut item, "attrs") { attrs } else { Map::new() };
        let content = if let Value::Array(content) = take(&mut item, "content") { content } else { Vec::new() };
        self.frames.push(Frame { node, attrs, content, implied: true });
    }

    fn is_in_list(&self) -> bool {
        self.top_is(Node::BulletList) || self.top_is(Node::OrderedList)
    }

    fn top_is(&self, node: Node) -> bool {
        self.frames.last().is_some_and(|top| top.node == node)
    }

    fn top_is_implied(&self) -> bool {
        self.frames.last().is_some_and(|top| top.implied)
    }

    /// Whether only text may still be added.
    fn is_full(&self) -> bool {
        self.left < RESERVE
    }

    fn spend(&mut self, nodes: usize) {
        self.left = self.left.saturating_sub(nodes);
    }
}

/// By hand, as `json!` would copy the content, once per level.
fn node_of(node: Node, attrs: Map<String, Value>, content: Vec<Value>) -> Value {
    let mut built = Map::new();
    built.insert("type".to_owned(), node.name().into());
    if !attrs.is_empty() {
        built.insert("attrs".to_owned(), attrs.into());
    }
    if !content.is_empty() {
        built.insert("content".to_owned(), content.into());
    }
    built.into()
}

/// A list whose items are partly tasks becomes several, as a list has either; a numbered one counts on.
fn split_list(frame: Frame) -> Vec<Value> {
    let mut number = frame.attrs.get("start").and_then(Value::as_i64).unwrap_or(1);
    let mut lists: Vec<(bool, i64, Vec<Value>)> = Vec::new();
    for item in frame.content {
        let is_task = item["type"] == "taskItem";
        match lists.last_mut() {
            Some((tasks, _, items)) if *tasks == is_task => items.push(item),
            _ => lists.push((is_task, number, vec![item])),
        }
        number = number.saturating_add(1).min(1_000_000_000);
    }
    let of = |(tasks, start, items): (bool, i64, Vec<Value>)| {
        let mut attrs = frame.attrs.clone();
        let node = if tasks { Node::TaskList } else { frame.node };
        if tasks {
            attrs.clear();
        } else if start != 1 && frame.node == Node::OrderedList {
            attrs.insert("start".to_owned(), start.into());
        }
        node_of(node, attrs, items)
    };
    lists.into_iter().map(of).collect()
}

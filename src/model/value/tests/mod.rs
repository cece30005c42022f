mod diff;
mod forms;
mod items;
mod properties;
mod publish;
mod relations;
mod rendering;
mod site;

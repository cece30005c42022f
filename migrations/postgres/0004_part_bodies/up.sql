-- A body that goes is looked for among the parts that may still point at it.
CREATE INDEX part_head ON part (head);
CREATE INDEX part_published ON part (published);

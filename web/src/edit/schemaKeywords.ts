/** What may be said of one parameter (JSON Schema 2020-12), in one sentence each. */
const word = (type: string, description: string) => ({ type, description });

export const SCHEMA_KEYWORDS = {
  type: {
    ...word("string", "string, integer, number, boolean, array, object or null; or a list of these."),
    enum: ["string", "integer", "number", "boolean", "array", "object", "null"],
  },
  description: word("string", "For the model: what it is, in which form, with which unit."),
  properties: word("object", "The fields of an object by name."),
  required: word("array", "The names that must be given."),
  additionalProperties: word("boolean", "Whether other fields than those named may be given."),
  enum: word("array", "The only values that it may have."),
  const: word("any", "The one value that it may have."),
  default: word("any", "What is meant where it is not given; it is filled in before the tool runs."),
  examples: word("array", "Values as they may look."),
  minimum: word("number", "The least number."),
  maximum: word("number", "The greatest number."),
  exclusiveMinimum: word("number", "It must be more than this."),
  exclusiveMaximum: word("number", "It must be less than this."),
  multipleOf: word("number", "It must be a multiple of this."),
  minLength: word("integer", "The least number of characters."),
  maxLength: word("integer", "The greatest number of characters."),
  pattern: word("string", "A regular expression that must be found in it."),
  format: {
    ...word("string", "What kind of text it is."),
    enum: ["date", "date-time", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"],
  },
  items: word("object", "What every item of the list is."),
  minItems: word("integer", "The least number of items."),
  maxItems: word("integer", "The greatest number of items."),
  uniqueItems: word("boolean", "Whether no item may be there twice."),
  writeOnly: word("boolean", "It is left out of the record: for what nobody shall read there."),
  anyOf: word("array", "It must fit one of these schemas, or several."),
  oneOf: word("array", "It must fit exactly one of these schemas."),
  allOf: word("array", "It must fit all of these schemas."),
};

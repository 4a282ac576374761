/**
 * The form checks nothing by itself: the service refuses arguments with every fault, and nothing runs. What the form
 * must know is only which alternative of a schema a value looks like.
 */
import type { RJSFSchema, ValidatorType } from "@rjsf/utils";
import { asSchema, followed, type Schema } from "../tool/schema";

export const validator: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  rawValidation: () => ({ errors: [] }),
  isValid: (schema: RJSFSchema, value: unknown, root: RJSFSchema) => looksLike(asSchema(root), asSchema(schema), value),
};

export default validator;

function looksLike(root: Schema, given: Schema, value: unknown): boolean {
  const schema = followed(root, given);
  if ("const" in schema) return JSON.stringify(schema.const) === JSON.stringify(value);
  if (Array.isArray(schema.enum)) return schema.enum.some((one) => JSON.stringify(one) === JSON.stringify(value));
  const types = [schema.type].flat().filter((type) => typeof type === "string");
  if (types.length > 0 && !types.some((type) => isOf(type, value))) return false;
  for (const [key, wanted] of [["allOf", true] as const, ["anyOf", false] as const, ["oneOf", false] as const]) {
    const parts = schema[key];
    if (!Array.isArray(parts)) continue;
    const fits = (one: unknown) => looksLike(root, asSchema(one), value);
    if (wanted ? !parts.every(fits) : !parts.some(fits)) return false;
  }
  const fields = asSchema(value);
  if (
    Array.isArray(schema.required) &&
    types.includes("object") &&
    !schema.required.every((name) => String(name) in fields)
  )
    return false;
  return Object.entries(asSchema(schema.properties)).every(
    ([name, one]) => !(name in fields) || looksLike(root, asSchema(one), fields[name]),
  );
}

function isOf(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return value !== null && typeof value === "object" && !Array.isArray(value);
  return typeof value === type;
}

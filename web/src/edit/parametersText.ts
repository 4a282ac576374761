/** The parameters of a tool.yaml, one by one, written into its text. All that is not touched stays as it is. */
import { isMap, isScalar, isSeq, type YAMLMap, type YAMLSeq } from "yaml";
import { placed, topOf } from "./manifestText";
import { addItem, inline, type Plain, pairOf, removeItem, removeKey, renameKey, setKey } from "./yamlEdit";

const AROUND = ["type", "properties", "required", "additionalProperties"];
const OF_ONE = [
  "type", "description", "enum", "const", "items", "properties", "format", "pattern", "minLength", "maxLength",
  "minimum", "maximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "default", "examples",
]; // biome-ignore format: one list

/** One more parameter, a text that nothing is said of yet. */
export function addParameter(text: string, name: string): string {
  const one = inline({ type: "string", description: "" });
  const found = places(text);
  if (!found) {
    const top = topOf(text);
    if (!top) return text;
    return placed(
      text,
      top,
      "parameters",
      undefined,
      `parameters:\n  type: object\n  properties:\n    ${name}: ${one}\n`,
    );
  }
  const { parameters, properties } = found;
  if (properties) return setKey(text, properties, name, one, []);
  return setKey(text, parameters, "properties", `{${name}: ${one}}`, AROUND);
}

export function removeParameter(text: string, name: string): string {
  const without = setRequired(text, name, false);
  const found = places(without);
  if (!found?.properties) return text;
  return removeKey(without, found.properties, name, pairOf(found.parameters, "properties"));
}

export function renameParameter(text: string, name: string, to: string): string {
  const found = places(text);
  if (!found?.properties) return text;
  const renamed = renameKey(text, found.properties, name, to);
  const list = places(renamed)?.required;
  const item = list && itemOf(list, name);
  if (!list || !item?.range) return renamed;
  return renamed.slice(0, item.range[0]) + inline(to) + renamed.slice(item.range[1]);
}

/** A keyword of one parameter, or (undefined) without it. */
export function setKeyword(text: string, name: string, keyword: string, value: Plain | undefined): string {
  const properties = places(text)?.properties;
  const one = properties?.get(name, true);
  if (!properties || !isMap(one)) return text;
  if (value === undefined) return removeKey(text, one, keyword, pairOf(properties, name));
  return setKey(text, one, keyword, inline(value), OF_ONE);
}

/** Whether a parameter must be given. */
export function setRequired(text: string, name: string, required: boolean): string {
  const found = places(text);
  if (!found) return text;
  const { parameters, required: list } = found;
  const item = list && itemOf(list, name);
  if (required) {
    if (item) return text;
    if (list && list.items.length > 0) return addItem(text, list, inline(name));
    return setKey(text, parameters, "required", inline([name]), AROUND);
  }
  if (!list || !item) return text;
  if (list.items.length === 1) return removeKey(text, parameters, "required");
  return removeItem(text, list, list.items.indexOf(item));
}

type Places = { parameters: YAMLMap; properties: YAMLMap | null; required: YAMLSeq | null };

function places(text: string): Places | null {
  const parameters = topOf(text)?.get("parameters", true);
  if (!isMap(parameters)) return null;
  const properties = parameters.get("properties", true);
  const required = parameters.get("required", true);
  return { parameters, properties: isMap(properties) ? properties : null, required: isSeq(required) ? required : null };
}

function itemOf(list: YAMLSeq, name: string) {
  return list.items.filter(isScalar).find((one) => one.value === name);
}

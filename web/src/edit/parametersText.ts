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
  const one = { type: "string", description: "" };
  const found = places(text);
  if (!found) {
    const top = topOf(text);
    if (!top) return text;
    const lines = `\n  type: object\n  properties:\n    ${inline(name)}: ${inline(one)}`;
    return placed(text, top, "parameters", { type: "object", properties: { [name]: one } }, lines);
  }
  const { parameters, properties } = found;
  if (properties) return setKey(text, properties, name, inline(one), []);
  return setKey(text, parameters, "properties", inline({ [name]: one }), AROUND);
}

export function removeParameter(text: string, name: string): string {
  const without = setRequired(text, name, false);
  const found = places(without);
  if (!found?.properties) return text;
  return removeKey(without, found.properties, name, pairOf(found.parameters, "properties"));
}

/** Another name, in the list of those that must be given too; a name that is taken changes nothing. */
export function renameParameter(text: string, name: string, to: string): string {
  const found = places(text);
  if (!found?.properties || pairOf(found.properties, to)) return text;
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
  const { top, parameters, required: list } = found;
  const item = list && itemOf(list, name);
  if (required) {
    if (item) return text;
    if (list && list.items.length > 0) return addItem(text, list, inline(name));
    return setKey(text, parameters, "required", inline([name]), AROUND);
  }
  if (!list || !item) return text;
  if (list.items.length === 1) return removeKey(text, parameters, "required", pairOf(top, "parameters"));
  return removeItem(text, list, list.items.indexOf(item));
}

type Places = { top: YAMLMap; parameters: YAMLMap; properties: YAMLMap | null; required: YAMLSeq | null };

function places(text: string): Places | null {
  const top = topOf(text);
  const parameters = top?.get("parameters", true);
  if (!top || !isMap(parameters)) return null;
  const [properties, required] = [parameters.get("properties", true), parameters.get("required", true)];
  return {
    top,
    parameters,
    properties: isMap(properties) ? properties : null,
    required: isSeq(required) ? required : null,
  };
}

function itemOf(list: YAMLSeq, name: string) {
  return list.items.filter(isScalar).find((one) => one.value === name);
}

import type { IconButtonProps } from "@rjsf/utils";

type Props = IconButtonProps & { sign: string; name: string };

/** A button of a list or of named values in the form: a sign that every font has, with a name in words. */
function FormButton({ sign, name, iconType: _, icon: __, uiSchema: ___, registry: ____, ...props }: Props) {
  return (
    <button type="button" title={name} aria-label={name} {...props}>
      {sign}
    </button>
  );
}

export const BUTTONS = {
  AddButton: (props: IconButtonProps) => <FormButton {...props} sign="Add" name="Add one" />,
  RemoveButton: (props: IconButtonProps) => <FormButton {...props} sign="×" name="Remove" />,
  MoveUpButton: (props: IconButtonProps) => <FormButton {...props} sign="↑" name="Move up" />,
  MoveDownButton: (props: IconButtonProps) => <FormButton {...props} sign="↓" name="Move down" />,
  CopyButton: (props: IconButtonProps) => <FormButton {...props} sign="Copy" name="Copy" />,
  ClearButton: (props: IconButtonProps) => <FormButton {...props} sign="×" name="Clear" />,
};

/** What the server sends of the pretend Slack, as far as the page reads it. Foreign data: nothing is taken for granted. */

export interface TextObject {
  type: "plain_text" | "mrkdwn";
  text: string;
  verbatim?: boolean;
}

export interface Option {
  text: TextObject;
  value: string;
  description?: TextObject;
  url?: string;
}

export interface Confirm {
  title: TextObject;
  text: TextObject;
  confirm: TextObject;
  deny: TextObject;
  style?: "primary" | "danger";
}

/** Anything a person can press, choose or type into; which members there are depends on `type`. */
export interface Control {
  type: string;
  action_id: string;
  text?: TextObject;
  value?: string;
  url?: string;
  style?: "primary" | "danger";
  confirm?: Confirm;
  accessibility_label?: string;
  options?: Option[];
  option_groups?: { label: TextObject; options: Option[] }[];
  initial_option?: Option;
  initial_options?: Option[];
  initial_value?: string;
  initial_date?: string;
  placeholder?: TextObject;
  multiline?: boolean;
  min_length?: number;
  max_length?: number;
  focus_on_load?: boolean;
}

export interface RichStyle {
  bold?: boolean;
  italic?: boolean;
  strike?: boolean;
  code?: boolean;
}

export interface RichPart {
  type: string;
  text?: string;
  url?: string;
  user_id?: string;
  channel_id?: string;
  range?: string;
  name?: string;
  unicode?: string;
  timestamp?: number;
  format?: string;
  fallback?: string;
  style?: RichStyle;
}

export interface RichElement {
  type: string;
  style?: string;
  indent?: number;
  offset?: number;
  elements: (RichPart | RichElement)[];
}

export interface Cell {
  type: string;
  text?: string;
  value?: number;
  elements?: RichElement[];
}

export interface ImageLike {
  type: "image";
  alt_text: string;
  title?: TextObject;
}

export interface Block {
  type: string;
  block_id: string;
  text?: TextObject;
  fields?: TextObject[];
  accessory?: Control | ImageLike;
  elements?: unknown[];
  element?: Control;
  label?: TextObject;
  hint?: TextObject;
  optional?: boolean;
  dispatch_action?: boolean;
  level?: string;
  alt_text?: string;
  title?: TextObject;
  rows?: Cell[][];
  column_settings?: ({ align?: string; is_wrapped?: boolean } | null)[];
  caption?: string;
  page_size?: number;
  row_header_column_index?: number;
}

export interface View {
  id: string;
  hash: string;
  callback_id: string;
  title?: TextObject;
  submit?: TextObject | null;
  close?: TextObject | null;
  blocks: Block[];
  errors?: Record<string, string>;
  notice?: string;
}

export interface Message {
  ts: string;
  user: string;
  text: string;
  blocks?: Block[];
  edited?: boolean;
  ephemeral?: boolean;
  thread?: Message[];
}

export interface Conversation {
  id: string;
  kind: "channel" | "dm";
  name: string;
  messages: Message[];
}

export interface Person {
  id: string;
  name: string;
  real_name: string;
  role: "agent" | "admin";
}

export interface Command {
  command: string;
  usage_hint: string;
  description: string;
}

export interface Shortcut {
  type: "global" | "message";
  callback_id: string;
  name: string;
}

export interface Snapshot {
  revision: number;
  team: { id: string; name: string };
  app: { id: string; name: string; user: string };
  commands: Command[];
  shortcuts: Shortcut[];
  me: string;
  people: Person[];
  conversations: Conversation[];
  home: View | null;
  modals: View[];
}

/** Where an action happens. */
export type Place = { view: string } | { channel: string; ts: string } | { home: true };

/** What is typed or chosen: text, an option's value, several of them, or nothing. */
export type Value = string | string[] | null;
export type Values = Record<string, Record<string, Value>>;

export type Act =
  | { type: "message"; channel: string; text: string; thread_ts?: string }
  | {
      type: "action";
      place: Place;
      block_id: string;
      action_id: string;
      value?: Value;
      state?: Values;
    }
  | { type: "submit"; view: string; values: Values }
  | { type: "close"; view: string; clear?: boolean }
  | { type: "home" }
  | { type: "shortcut"; callback_id: string }
  | { type: "message_shortcut"; callback_id: string; channel: string; ts: string };

export interface Scanned {
  visits: { who: string; did: string; saw: string }[];
  status: string;
}

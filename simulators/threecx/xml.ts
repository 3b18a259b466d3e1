/** One element of an XML text. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Text directly inside, entities resolved, trimmed. */
  text: string;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads the XML of a CRM template: elements, attributes, text, comments and CDATA; no DTD. Throws on text that is not
 * well-formed, as the PBX refuses such an upload.
 */
export function parseXml(text: string): XmlElement {
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open: XmlElement[] = [root];
  const pieces =
    /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;
  let end = 0;
  for (let match = pieces.exec(text); match !== null; match = pieces.exec(text)) {
    end = pieces.lastIndex;
    const [, cdata, closed, name, attributes = '', single, plain] = match;
    const inner = open.at(-1) ?? root;
    if (cdata !== undefined) inner.text += cdata;
    else if (plain !== undefined) inner.text += resolve(plain);
    else if (closed !== undefined) {
      if (inner.name !== closed || open.length === 1) throw new Error(`</${closed}> closes <${inner.name}>`);
      inner.text = inner.text.trim();
      open.pop();
    } else if (name !== undefined) {
      const element: XmlElement = { name, attributes: readAttributes(attributes), children: [], text: '' };
      inner.children.push(element);
      if (single === '') open.push(element);
    }
  }
  const top = root.children[0];
  if (end < text.length || open.length > 1 || root.children.length !== 1 || top === undefined)
    throw new Error('The XML is not well-formed');
  return top;
}

/** The first child of a name, at any depth of the given path. */
export function child(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>(
    (found, name) => found?.children.find((one) => one.name === name),
    element,
  );
}

function readAttributes(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [, name = '', double, single] of text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (name in out) throw new Error(`The attribute ${name} stands twice`);
    out[name] = resolve(double ?? single ?? '');
  }
  return out;
}

function resolve(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w*);?/gi, (whole, name: string) => {
    if (/^#x/i.test(name)) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    const found = entities[name];
    if (found === undefined || !whole.endsWith(';')) throw new Error(`${whole} is no entity`);
    return found;
  });
}

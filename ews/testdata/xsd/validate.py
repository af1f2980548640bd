"""validate.py FOLDER: hold envelopes against the schemas in FOLDER.

Reads a JSON object of envelopes by name; writes "name<TAB>valid" or what is
wrong with it, a line each. A broken one among them must be found, else the
validation itself is."""
import copy
import json
import sys

from lxml import etree

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
schema = etree.XMLSchema(etree.parse(sys.argv[1] + "/messages.xsd"))
types = etree.parse(sys.argv[1] + "/types.xsd")
versions = (types.xpath("//*[@name='RequestServerVersion']//@fixed")  # a schema may allow its own alone
            or types.xpath("//*[@name='ExchangeVersionType']//@value"))


def faults(envelope):
    header, body = envelope.find(SOAP + "Header"), envelope.find(SOAP + "Body")
    if len(body) != 1:
        yield "%d elements in the body" % len(body)
    for part in list(header) + list(body):
        if part.get("Version") and part.get("Version") not in versions:
            continue
        if not schema.validate(etree.ElementTree(copy.deepcopy(part))):
            yield "; ".join(e.message for e in schema.error_log)


broken = etree.fromstring('<e:Envelope xmlns:e="%s"><e:Header/><e:Body><Folder/></e:Body></e:Envelope>' % SOAP[1:-1])
if not list(faults(broken)):
    sys.exit("the schema takes anything")
for name, text in sorted(json.load(sys.stdin).items()):
    print(name, " | ".join(faults(etree.fromstring(text.encode()))) or "valid", sep="\t")

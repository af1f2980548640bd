"""Holds SOAP messages against Exchange's schemas: the folder of messages.xsd
is the argument, a list of documents (JSON) the input, and what is wrong with
them the output. A document may hold several envelopes, as a stream does."""

import json
import re
import sys

from lxml import etree

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


def complaints(schema, document):
    envelopes = list(re.finditer(r"<((?:\w+:)?Envelope)\b.*?</\1>", document["text"], re.S))
    if not envelopes:
        yield "holds no envelope"
    for envelope in envelopes:
        try:
            body = etree.fromstring(envelope.group(0).encode()).find(SOAP + "Body")
        except etree.XMLSyntaxError as e:
            yield str(e)
            continue
        if body is None or len(body) != 1:
            yield "holds no body with one element"
            continue
        # Alone, so that it carries its namespaces and is the root.
        message = etree.fromstring(etree.tostring(body[0]))
        if message.tag != SOAP + "Fault" and not schema.validate(message):
            for e in list(schema.error_log)[:5]:
                yield f"{etree.QName(message).localname}: {e.message}"


def main():
    schema = etree.XMLSchema(etree.parse(sys.argv[1] + "/messages.xsd"))
    for document in json.load(sys.stdin):
        for complaint in complaints(schema, document):
            print(f"{document['name']}: {complaint}")


if __name__ == "__main__":
    main()

/* form.c - an appointment form (.lrmx) as a sheet of one row: its elements are the headings.
 *
 * Read by libxml2: no network, no DTD, no entities, depth and size bounded. The photo stays out;
 * its digest is kept. Relatives are counted, not read. */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/import/sheet.h"
#include "core/check.h"
#include "events/tree.h"

#define FORM_BYTES_MAX ((size_t)16 << 20) /* with its photo */
#define FORM_OPTIONS   (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA)

static bool is_named(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static bool has_elements(const xmlNode *node)
{
    for (const xmlNode *child = node->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE)
            return true;
    return false;
}

/* Base64, maybe in lines. */
static void photo_note(struct sheet *sheet, const char *text)
{
    size_t size = strlen(text), made = 0;
    uint8_t *bytes = malloc(size + 1);
    CHECK(bytes != NULL);
    if (size > 0 &&
        sodium_base642bin(bytes, size + 1, text, size, " \r\n\t", &made, NULL,
                          sodium_base64_VARIANT_ORIGINAL) == 0 &&
        made > 0) {
        sha256(bytes, made, sheet->photo);
        sheet->has_photo = true;
    }
    free(bytes);
}

static enum status person_read(struct sheet *sheet, const xmlNode *person, struct fault *fault)
{
    const char *names[SHEET_COLUMNS_MAX], *texts[SHEET_COLUMNS_MAX];
    unsigned count = 0;
    for (const xmlNode *node = person->children; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        xmlChar *content = has_elements(node) ? NULL : xmlNodeGetContent(node);
        const char *text = content ? (const char *)content : "";
        if (is_named(node, "ZhaoPian")) {
            photo_note(sheet, text);
        } else if (has_elements(node)) {
            for (const xmlNode *item = node->children; item; item = item->next)
                sheet->relatives += item->type == XML_ELEMENT_NODE && has_elements(item);
        } else if (*text && count < SHEET_COLUMNS_MAX) {
            names[count] = arena_text(&sheet->arena, (const char *)node->name);
            texts[count++] = arena_text(&sheet->arena, text);
        }
        xmlFree(content);
    }
    if (count == 0)
        return fault_set(fault, STATUS_INVALID, "the form's Person has no fields");
    enum status status = sheet_add(sheet, 1, names, count, fault);
    return status == STATUS_OK
               ? sheet_add(sheet, (uint32_t)xmlGetLineNo(person), texts, count, fault)
               : status;
}

static enum status form_parse(const void *bytes, size_t size, xmlDoc **ret_document,
                              struct fault *fault)
{
    if (size == 0 || size > FORM_BYTES_MAX)
        return fault_set(fault, STATUS_FULL, "a form has 1 to %zu bytes", FORM_BYTES_MAX);
    if (memmem(bytes, size, "<!DOCTYPE", 9) || memmem(bytes, size, "<!ENTITY", 8))
        return fault_set(fault, STATUS_INVALID, "the form declares entities: refused");
    xmlDoc *document = xmlReadMemory(bytes, (int)size, "form.xml", NULL, FORM_OPTIONS);
    if (!document) {
        const xmlError *error = xmlGetLastError();
        int length = error && error->message ? (int)strcspn(error->message, "\n") : 0;
        return fault_set(fault, STATUS_INVALID, "line %d: not well-formed XML: %.*s",
                         error ? error->line : 0, length, length ? error->message : "");
    }
    if (!xmlGetIntSubset(document) && !document->extSubset) {
        *ret_document = document;
        return STATUS_OK;
    }
    xmlFreeDoc(document);
    return fault_set(fault, STATUS_INVALID, "the form declares entities: refused");
}

enum status sheet_of_form(const void *bytes, size_t size, struct sheet *ret_sheet,
                          struct fault *fault)
{
    xmlDoc *document = NULL;
    *ret_sheet = (struct sheet){.path = "", .name = "", .encoding = "XML"};
    arena_init(&ret_sheet->arena, 0);
    sha256(bytes, size, ret_sheet->digest);
    enum status status = form_parse(bytes, size, &document, fault);
    if (status == STATUS_OK) {
        const xmlNode *root = xmlDocGetRootElement(document);
        status =
            root && is_named(root, "Person")
                ? person_read(ret_sheet, root, fault)
                : fault_set(fault, STATUS_INVALID, "no appointment form: its root is not Person");
        xmlFreeDoc(document);
    }
    if (status != STATUS_OK)
        sheet_done(ret_sheet);
    return status;
}

/* As much JSON as an echo needs: a string member of an object, and an event's body. Real plugins use a JSON library. */
#ifndef C_ECHO_JSON_H
#define C_ECHO_JSON_H
#include <hub_plugin.h>

/* The string member `name` of the object's first level, unescaped and allocated; NULL when it is missing or no string, or
   when the text is no JSON object. */
char *json_string(hub_str object, const char *name);

/* The whole number member `name` of the object's first level, from 0 to 999999999; 0 when it is missing or anything else. */
long json_number(hub_str object, const char *name);

/* The body of message.created for a text, allocated. */
char *json_event(const char *from, const char *text, const char *id);
#endif

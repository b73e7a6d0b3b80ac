/* version.h - of the program. */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

#define JISHI_VERSION "0.1.0"

#endif

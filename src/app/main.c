/* SPDX-License-Identifier: MIT */
/* The program: one file a command; this one finds the command. */

#include <stdio.h>
#include <string.h>

#include <undertone/version.h>

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("undertone %s\n", ut_version());
        return 0;
    }
    fprintf(stderr, "usage: undertone --version\n");
    return 2;
}

/* SPDX-License-Identifier: MIT */
/* undertone devices: what `undertone listen` can take sound from. */

#include <stdio.h>
#include <string.h>

#include "base/json_string.h"
#include "ingress/portaudio/capture.h"
#include "terminal/command.h"
#include "terminal/help.h"
#include "terminal/message.h"

static const struct ut__option rows[] = {
    {.name = "json", .help = "print JSON Lines for programs, one object a line"},
    {.name = NULL},
};

static const struct ut__help help = {
    .command = "devices",
    .synopsis = "[--json]",
    .about =
        "Lists the devices that sound can be taken from, for undertone listen. What a softphone\n"
        "plays is a monitor source of PulseAudio or PipeWire; name it in ~/.asoundrc to see it "
        "here:\n\n"
        "  pcm.caller { type pulse device \"softphone.monitor\" hint { show on description "
        "\"caller\" "
        "} }\n\n"
        "(Debian: apt install libasound2-plugins; pactl list short sources tells the monitors.)\n",
    .sets = (const struct ut__option_set[]){{.rows = rows}, {.rows = NULL}},
};

static void print_json(const struct ut__capture_device *d)
{
    char name[UT__JSON_STRING_MAX + 16], api[UT__JSON_STRING_MAX + 16];
    printf("{\"type\":\"device\",\"number\":%d,\"name\":%s,\"api\":%s,\"channels\":%u,"
           "\"rate_hz\":%u,\"default\":%s}\n",
           d->number, ut__json_string(name, sizeof name, d->name),
           ut__json_string(api, sizeof api, d->api), d->channels, d->rate_hz,
           d->is_default ? "true" : "false");
}

static void print_text(const struct ut__capture_device *d)
{
    char safe[UT__CAPTURE_NAME_MAX];
    printf("%4d  %-40s %-6s %8u  %6u%s\n", d->number, ut__safe_name(safe, sizeof safe, d->name),
           d->api, d->channels, d->rate_hz, d->is_default ? "  default" : "");
}

static int main_devices(int argc, char **argv)
{
    static struct ut__capture_device devices[UT__CAPTURE_DEVICES_MAX];
    int json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        ut__help(&help);
        return UT__EXIT_DONE;
    }
    if (argc > 1 && !json) {
        ut__message("devices", "takes --json and nothing else");
        return UT__EXIT_USAGE;
    }
    int count = ut__capture_list(devices, UT__CAPTURE_DEVICES_MAX);
    if (count < 0) {
        ut__message("devices", "the sound system of this machine does not start");
        return UT__EXIT_FAILED;
    }
    if (count == 0) {
        ut__message("devices",
                    "there is none to take sound from; plug one in, or name a monitor in "
                    "~/.asoundrc as undertone devices --help shows");
        return UT__EXIT_FAILED;
    }
    if (!json)
        printf("%4s  %-40s %-6s %8s  %6s\n", "no.", "name", "via", "channels", "Hz");
    for (int i = 0; i < count && i < UT__CAPTURE_DEVICES_MAX; i++) {
        if (json)
            print_json(&devices[i]);
        else
            print_text(&devices[i]);
    }
    return UT__EXIT_DONE;
}

const struct ut__command ut__command_devices = {
    .name = "devices",
    .summary = "list the devices that listen can take sound from",
    .run = main_devices};

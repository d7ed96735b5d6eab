/* What uart.c asks of the header of a telemetry port:
 *     port_start(baud)  connect the pins, set the rate, let received bytes interrupt
 *     port_poll(event)  the next thing that the port received, false if there is none
 *     port_send(byte)   send, waiting for room
 *     port_drain()      wait until the last byte has left
 */
#ifndef PORT_EVENT_H
#define PORT_EVENT_H

#include "platform.h"

struct port_event {
    bool has_byte;
    bool overrun; /* bytes were lost */
    uint8_t byte;
};

#endif

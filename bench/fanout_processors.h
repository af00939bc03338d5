#pragma once

namespace palabre::bench {

enum class Side { kGuests, kServer };

/// Keeps this process, and what it starts, on one of two processors: the first that it may use for
/// the guests, the last for the server. Guests are on other machines in real life. Left to itself
/// the kernel puts a server now here, now there and then leaves it: beside its guests a delivery
/// costs far less than across processors, and the comparison would be of places.
///
/// The choice is made at the first call. Does nothing where there is only one processor.
void keep_to_own_processor(Side side);

}  // namespace palabre::bench

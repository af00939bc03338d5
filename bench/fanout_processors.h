#pragma once

namespace palabre::bench {

enum class Side { kGuests, kServer };

/// Pins this process and its children to one of two processors: the first allowed one for the
/// guests, the last for the server. Real guests are on other machines. Without pinning the kernel
/// places a server beside its guests or away from them, where a delivery costs far more, and the
/// comparison would measure the placement.
///
/// The processors are chosen at the first call. Does nothing where there is only one.
void keep_to_own_processor(Side side);

}  // namespace palabre::bench

#pragma once

#include <string_view>

namespace palabre::bench {

// What palabre is compared with. Each of these servers is run in a process of its own, listens on a
// free port of 127.0.0.1, says on its standard output which, takes whoever says `kHello` for a
// guest, passes on whatever else comes, and ends only by a signal.

/// The least that a fan-out can do: told to by the post itself, it sends the same number of
/// datagrams of the same size to the same addresses, from headers that were made ready when the
/// guests came, in batches as large as palabre's. It looks nothing up and formats nothing.
struct BareForm {
  /// An IPv6 socket that serves IPv4 too, as palabre's is.
  bool dual_stack = false;

  /// Whether each datagram says from which address it is to be sent. palabre's do, unpadded.
  enum class Near { kUnsaid, kSaid, kSaidUnpadded };
  Near near = Near::kUnsaid;
};
[[noreturn]] void serve_bare(BareForm form);

/// The exercise that palabre comes from, without what it prints: recvfrom, a search through the
/// list of clients, then for each client the line put together and a sendto.
[[noreturn]] void serve_as_exercise();

/// Runs the server of this name: `exercise`, `bare`, or a bare one of another form: `bare+near`,
/// `bare6`, `bare6+near`, `bare6+near36`. Throws where there is none.
[[noreturn]] void serve_as(std::string_view name);

}  // namespace palabre::bench

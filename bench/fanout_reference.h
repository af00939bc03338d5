#pragma once

#include <string_view>

namespace palabre::bench {

// The servers that palabre is compared with. Each runs in its own process, listens on a free port
// of 127.0.0.1, prints that port on standard output, treats every sender of `kHello` as a guest,
// relays all other datagrams, and ends only by a signal.

/// A minimal fan-out: on each post it sends as many datagrams of the same size to the same
/// addresses as palabre, in batches as large as palabre's, from headers prepared when the guests
/// joined. It looks nothing up and formats nothing.
struct BareForm {
  /// An IPv6 socket that serves IPv4 too, as palabre's is.
  bool dual_stack = false;

  /// Whether each datagram names its source address (IPV6_PKTINFO). palabre's do, unpadded.
  enum class Near { kUnsaid, kSaid, kSaidUnpadded };
  Near near = Near::kUnsaid;
};
[[noreturn]] void serve_bare(BareForm form);

/// The exercise that palabre comes from, without its printing: recvfrom, a search through the list
/// of clients, then for each client the line is formatted and sent with sendto.
[[noreturn]] void serve_as_exercise();

/// Runs the server of this name: `exercise`, `bare`, or a bare one of another form: `bare+near`,
/// `bare6`, `bare6+near`, `bare6+near36`. Throws where there is none.
[[noreturn]] void serve_as(std::string_view name);

}  // namespace palabre::bench

#include "app/serve/members_door.h"

#include <sodium/randombytes.h>

#include "base/clock.h"
#include "base/result.h"

namespace palabre::app {
namespace {

bool is_banned(const guard::Gate& gate, const Address& address, Instant now) {
  const auto ban = gate.bans().find(address.ip_bytes());
  return ban != gate.bans().end() && now < ban->second;
}

Result<link::Certificate> certificate_for(const ServeOptions::Members& members,
                                          const std::filesystem::path& folder) {
  if (!members.key.empty()) return link::Certificate::load(members.key, members.certificate);
  if (folder.empty()) return link::Certificate::ephemeral();
  return link::Certificate::load_or_make(folder);
}

}  // namespace

Result<std::unique_ptr<MembersDoor>> MembersDoor::open(const ServeOptions& options,
                                                       const std::filesystem::path& folder,
                                                       const guard::Gate& gate,
                                                       link::DatagramSocket& socket,
                                                       chat::DoorIndex index) {
  const auto certificate = certificate_for(options.members, folder);
  if (!certificate) return fail(certificate.error());
  auto secret = folder.empty() ? Result<link::QuicSecret>(link::QuicSecret::random())
                               : link::QuicSecret::load_or_make(folder);
  if (!secret) return fail(secret.error());
  return std::unique_ptr<MembersDoor>(
      new MembersDoor(options, *certificate, *secret, gate, socket, index));
}

MembersDoor::MembersDoor(const ServeOptions& options, const link::Certificate& certificate,
                         const link::QuicSecret& secret, const guard::Gate& gate,
                         link::DatagramSocket& socket, chat::DoorIndex index)
    : pin_(certificate.pin),
      door_(index, {.random =
                        [](std::span<std::uint8_t> bytes) {
                          ::randombytes_buf(bytes.data(), bytes.size());
                        },
                    .wall = wall_clock_now,
                    .admits = [&gate](const Address& address,
                                      Instant now) { return !is_banned(gate, address, now); },
                    .identity = certificate.pin,
                    .server = "palabre " PALABRE_VERSION,
                    .pace = {.burst = static_cast<double>(options.members.burst),
                             .per_second = static_cast<double>(options.members.per_second)}}),
      links_(door_, socket, certificate, secret,
             {.connections = options.members.most, .per_address = options.members.per_address},
             {}) {
  door_.speak_over(links_);
}

}  // namespace palabre::app

#include "app/serve/members_door.h"

#include <sodium/randombytes.h>

#include <utility>

#include "base/result.h"
#include "guard/source.h"

namespace palabre::app {
namespace {

using Entry = server::FramesDoor::Entry;

Entry entry_of(guard::Gate& gate, const link::Link& link, Instant now) {
  const Address peer = link.peer();
  const auto ban = gate.bans().find(peer.ip_bytes());
  if (ban != gate.bans().end() && now < ban->second) return Entry::kBanned;
  const guard::Source source{peer.ip_bytes(), peer.port(), link.interface()};
  return gate.admits_member(source) ? Entry::kOpen : Entry::kNotFromHere;
}

Result<link::Certificate> certificate_for(const ServeOptions::Members& members,
                                          const std::filesystem::path& folder) {
  if (!members.key.empty()) return link::Certificate::load(members.key, members.certificate);
  if (folder.empty()) return link::Certificate::ephemeral();
  return link::Certificate::load_or_make(folder);
}

}  // namespace

Result<std::unique_ptr<MembersDoor>> MembersDoor::open(
    const ServeOptions& options, const std::filesystem::path& folder, guard::Gate& gate,
    link::DatagramSocket& socket, std::function<WallTime()> wall, chat::DoorIndex index) {
  const auto certificate = certificate_for(options.members, folder);
  if (!certificate) return fail(certificate.error());
  auto secret = folder.empty() ? Result<link::QuicSecret>(link::QuicSecret::random())
                               : link::QuicSecret::load_or_make(folder);
  if (!secret) return fail(secret.error());
  return std::unique_ptr<MembersDoor>(
      new MembersDoor(options, *certificate, *secret, gate, socket, std::move(wall), index));
}

MembersDoor::MembersDoor(const ServeOptions& options, const link::Certificate& certificate,
                         const link::QuicSecret& secret, guard::Gate& gate,
                         link::DatagramSocket& socket, std::function<WallTime()> wall,
                         chat::DoorIndex index)
    : pin_(certificate.pin),
      door_(index, {.random =
                        [](std::span<std::uint8_t> bytes) {
                          ::randombytes_buf(bytes.data(), bytes.size());
                        },
                    .wall = std::move(wall),
                    .admits = [&gate](const link::Link& link,
                                      Instant now) { return entry_of(gate, link, now); },
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

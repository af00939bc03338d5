#include "app/serve/members_door.h"

#include <sodium/randombytes.h>

#include <algorithm>
#include <utility>

#include "base/result.h"
#include "guard/source.h"

namespace palabre::app {
namespace {

using Entry = server::FramesDoor::Entry;

guard::Source source_of(const link::Link& link) {
  const Address peer = link.peer();
  return {peer.ip_bytes(), peer.port(), link.interface()};
}

Entry entry_of(guard::Gate& gate, const guard::Source& source, Instant now) {
  if (gate.is_banned(source.ip, now)) return Entry::kBanned;
  return gate.admits_member(source) ? Entry::kOpen : Entry::kNotFromHere;
}

link::QuicServer::Caller caller_of(guard::Gate& gate, const guard::Source& source, Instant now) {
  using Caller = link::QuicServer::Caller;
  switch (entry_of(gate, source, now)) {
    case Entry::kBanned:
      return Caller::kBanned;
    case Entry::kNotFromHere:
      return Caller::kNotFromHere;
    case Entry::kOpen:
      break;
  }
  return gate.is_exempt(source) ? Caller::kExempt : Caller::kStranger;
}

link::QuicServer::Limits limits_of(const ServeOptions::Members& members) {
  link::QuicServer::Limits limits;
  limits.connections = members.most;
  limits.per_address = members.per_address;
  limits.per_network =
      members.per_network.value_or(std::max(members.most / 8, members.per_address));
  limits.per_site = members.per_site.value_or(std::max(members.most / 4, limits.per_network));
  limits.handshakes_per_second = static_cast<double>(members.handshakes);
  return limits;
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
      door_(
          index,
          {.random =
               [](std::span<std::uint8_t> bytes) { ::randombytes_buf(bytes.data(), bytes.size()); },
           .wall = std::move(wall),
           .admits = [&gate](const link::Link& link,
                             Instant now) { return entry_of(gate, source_of(link), now); },
           .reach = [&gate](const link::Link& link) { return gate.reach_of(source_of(link)); },
           .is_exempt = [&gate](const link::Link& link) { return gate.is_exempt(source_of(link)); },
           .identity = certificate.pin,
           .server = "palabre " PALABRE_VERSION,
           .pace = {.burst = static_cast<double>(options.members.burst),
                    .per_second = static_cast<double>(options.members.per_second)},
           .posts = options.guard.posts}),
      links_(door_, socket, certificate, secret, limits_of(options.members), {},
             {.look =
                  [&gate](const Address& peer, std::uint32_t interface, Instant now) {
                    return caller_of(gate, {peer.ip_bytes(), peer.port(), interface}, now);
                  },
              .has_login = [this](const link::Link& link) { return door_.has_login(link); }}) {
  door_.speak_over(links_);
}

}  // namespace palabre::app

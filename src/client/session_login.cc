#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "client/peer_names.h"
#include "client/server_words.h"
#include "client/session.h"
#include "wire/clean.h"
#include "wire/palabre.pb.h"

// The login, and the server's goodbye.

namespace palabre::client {

using proto::Event;

void Session::on_login_event(const Event& event, Instant now) {
  switch (event.what_case()) {
    case Event::kChallenge:
      return on_challenge(event.challenge(), now);
    case Event::kWelcome:
      return on_welcome(event, now);
    case Event::kRefused:
      return on_login_refused(event.refused());
    default:
      return;  // no other event means anything before the login
  }
}

void Session::on_challenge(const proto::Challenge& challenge, Instant now) {
  Nonce server;
  if (challenge.nonce().size() != server.size() || is_challenged_) return fail("a bad challenge");
  is_challenged_ = true;
  std::copy(challenge.nonce().begin(), challenge.nonce().end(), server.begin());
  Nonce client;
  for (std::size_t i = 0; i < client.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t random = random_();
    for (std::size_t byte = 0; byte < sizeof random; ++byte) {
      client.at(i + byte) = static_cast<std::uint8_t>(random >> (8 * byte));
    }
  }
  proto::Command command;
  auto& login = *command.mutable_login();
  login.set_key(identity_.key);
  login.set_nonce(std::string(client.begin(), client.end()));
  login.set_signature(identity_.prove(server, client, link_->exporter()));
  login.set_nick(identity_.nicks.at(nick_tried_));
  login.set_agent(identity_.agent);
  const auto invited = std::ranges::find_if(
      rooms_, [](const auto& room) { return !room.second.from.invite.empty(); });
  if (invited != rooms_.end()) login.set_invite(invited->second.from.invite);
  send_request(command, {Asked::What::kLogin, {}, {}, now});
}

void Session::on_welcome(const Event& event, Instant now) {
  if (!is_challenged_) return fail("a welcome before a challenge");
  auto nick = nick_of(event.welcome().nick());
  if (!nick) return fail("an invalid nickname for you");
  is_online_ = true;
  asked_.clear();
  nick_ = *std::move(nick);
  if (const std::size_t most = event.welcome().line_bytes(); most > 0) {
    line_bytes_ = std::clamp(most, kFewestLineBytes, kMostPostBytes);
  }
  Welcomed welcomed{nick_, {}, std::exchange(was_welcomed_, true)};
  for (const std::string& room : event.welcome().direct_rooms()) {
    if (welcomed.direct_rooms.size() >= kMostDirectRooms) break;
    auto name = room_of(room);
    if (name && chat::is_for_two(*name)) welcomed.direct_rooms.push_back(*std::move(name));
  }
  welcomed.requests = nicks_of(event.welcome().requests(), kMostContacts);
  welcomed.all_requests = event.welcome().all_requests();
  outcomes_.emplace_back(std::move(welcomed));
  if (!away_.empty()) send_away(now);
  for (auto& [name, room] : rooms_) send_join(name, room, now);
  send_posts(now);
}

void Session::on_login_refused(const proto::Refused& refused) {
  switch (refused.why()) {
    case proto::Refused::NICK_TAKEN:
    case proto::Refused::BAD_NICK:
      if (nick_tried_ + 1 < identity_.nicks.size()) {
        ++nick_tried_;
        is_challenged_ = false;  // the server sends a new challenge, or hangs up
        return;
      }
      return end(
          refused.why() == proto::Refused::BAD_NICK ? Ended::Why::kBadNick : Ended::Why::kNickTaken,
          words_of(refused));
    case proto::Refused::OUTSIDE:  // once admitted: may return to that network later
      if (!was_welcomed_) return end(Ended::Why::kLoginRefused, words_of(refused));
      [[fallthrough]];
    case proto::Refused::FULL:
    case proto::Refused::TOO_FAST:
    case proto::Refused::CANNOT_KEEP: {  // transient
      const std::string words = words_of(refused);
      drop_link(0, "refused");
      outcomes_.emplace_back(Offline{words});
      return;
    }
    case proto::Refused::BANNED:
      return end(Ended::Why::kShownTheDoor, words_of(refused));
    default:
      return end(Ended::Why::kLoginRefused, words_of(refused));
  }
}

void Session::on_goodbye(const Event& event) {
  const auto& goodbye = event.goodbye();
  std::string words = line_of(goodbye.words());
  switch (goodbye.why()) {
    case proto::Goodbye::QUIT:
      return end(Ended::Why::kQuit, words.empty() ? "Goodbye." : std::move(words));
    case proto::Goodbye::KICKED:
      return end(Ended::Why::kShownTheDoor,
                 words.empty() ? "You were shown the door." : std::move(words));
    case proto::Goodbye::REPLACED:
      return end(Ended::Why::kShownTheDoor,
                 words.empty() ? "Another session of yours took the place of this one."
                               : std::move(words));
    default:
      return drop_link(0, words.empty() ? "The server is closing." : words);
  }
}

}  // namespace palabre::client

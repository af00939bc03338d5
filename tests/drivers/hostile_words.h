#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "wire/palabre.pb.h"

namespace palabre::client {

/// The source of all choices: a seed, or a fuzzer's bytes.
class Choices {
 public:
  explicit Choices(std::function<std::uint64_t()> next) : next_(std::move(next)) {}

  std::uint64_t number() { return next_(); }
  std::size_t below(std::size_t most) { return static_cast<std::size_t>(next_() % most); }
  bool sometimes(unsigned one_of) { return next_() % one_of == 0; }
  template <typename T, std::size_t kCount>
  const T& of(const std::array<T, kCount>& all) {
    return all[below(kCount)];
  }

 private:
  std::function<std::uint64_t()> next_;
};

/// Events of a hostile server: of every kind, most of them plausible enough to be accepted, with
/// names and texts that imitate other output.
class HostileWords {
 public:
  explicit HostileWords(Choices& choices) : choices_(choices) {}

  /// Remembers the last tags, post ids and room names that the client sent.
  void hear(const proto::Command& command) {
    remember(tags_, command.tag());
    if (command.has_post()) remember(posts_, command.post().id());
    if (command.has_join()) remember(rooms_, command.join().room());
  }

  proto::Event challenge() {
    proto::Event event;
    event.mutable_challenge()->set_nonce(std::string(32, 'n'));
    return event;
  }

  proto::Event welcome() {
    proto::Event event;
    event.set_tag(tag());
    event.mutable_welcome()->set_nick(choices_.sometimes(60) ? name() : "awa");
    for (std::size_t i = choices_.below(8) * choices_.below(8); i > 0; --i) {
      event.mutable_welcome()->add_direct_rooms(room());
      event.mutable_welcome()->add_requests(name());
    }
    return event;
  }

  proto::Event event() {
    proto::Event event;
    event.set_tag(choices_.sometimes(3) ? 0 : tag());
    switch (choices_.below(21)) {
      case 0:
      case 1:
      case 2:
        joined(*event.mutable_joined());
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        message(*event.mutable_message());
        break;
      case 7:
        acknowledged(*event.mutable_acknowledged());
        break;
      case 8:
        refused(*event.mutable_refused());
        break;
      case 9:
        gap(*event.mutable_gap());
        break;
      case 10:
      case 11:
        event.set_tag(0);
        event.mutable_left()->set_room_id(room_id());
        break;
      case 12:
        past(*event.mutable_past());
        break;
      case 13:
        present(*event.mutable_present());
        break;
      case 14:
        event.mutable_nick_taken()->set_nick(choices_.sometimes(8) ? name() : "awa");
        break;
      case 15:
        event.mutable_away_set()->set_note(text());
        break;
      case 16:
        event.mutable_pong();
        break;
      case 17:
        removed(*event.mutable_removed());
        break;
      case 18:
        event.mutable_asked_to_write()->set_nick(name());
        event.mutable_asked_to_write()->set_text(text());
        break;
      case 19:
        event.mutable_contacts()->set_what(static_cast<proto::Contact::What>(choices_.below(7)));
        event.mutable_contacts()->set_nick(name());
        for (std::size_t i = choices_.below(4); i > 0; --i) {
          event.mutable_contacts()->add_nicks(name());
        }
        event.mutable_contacts()->set_all(static_cast<std::uint32_t>(choices_.below(9)));
        break;
      default:
        if (choices_.sometimes(8)) {
          event.mutable_goodbye()->set_why(static_cast<proto::Goodbye::Why>(choices_.below(5)));
          event.mutable_goodbye()->set_words(text());
        }
    }
    return event;
  }

  /// Damages the encoded bytes.
  void damage(std::string& bytes) {
    for (std::size_t i = 1 + choices_.below(3); i > 0 && !bytes.empty(); --i) {
      const std::size_t at = choices_.below(bytes.size());
      switch (choices_.below(4)) {
        case 0:
          bytes[at] = static_cast<char>(choices_.number());
          break;
        case 1:
          bytes.erase(at, 1 + choices_.below(8));
          break;
        case 2:
          bytes.insert(at, bytes.substr(choices_.below(bytes.size()), choices_.below(40)));
          break;
        default:
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << choices_.below(8)));
      }
    }
  }

 private:
  template <typename T>
  static void remember(std::deque<T>& all, const T& one) {
    all.push_back(one);
    if (all.size() > 16) all.pop_front();
  }

  std::uint64_t tag() {
    return tags_.empty() || choices_.sometimes(8) ? choices_.below(4)
                                                  : tags_[choices_.below(tags_.size())];
  }
  std::uint64_t room_id() { return choices_.sometimes(20) ? choices_.number() : choices_.below(5); }
  std::uint64_t number() {
    constexpr std::array<std::uint64_t, 5> kEdges{0, 1, std::uint64_t{1} << 63U,
                                                  ~std::uint64_t{0} - 1, ~std::uint64_t{0}};
    if (choices_.sometimes(2000)) return choices_.of(kEdges);
    return choices_.sometimes(10) ? choices_.below(1000) : at_ += choices_.below(3);
  }

  std::string name() {
    static const std::array<std::string, 16> kNames{"kofi",
                                                    "bob*",
                                                    "[192.0.2.1:4711]",
                                                    "[[2001:db8::1]:5000]",
                                                    "Ökumene",
                                                    "you",
                                                    "",
                                                    "a b",
                                                    "a\n11:31 #2 ana",
                                                    "x\x1b[31m",
                                                    "[12:00\n-- x]",
                                                    "\u202Eevil",
                                                    "-- server",
                                                    "\uFF21\uFF22",
                                                    "e\u0301\u0301\u0301",
                                                    "[#2 ana: hello]"};
    if (choices_.sometimes(200)) return std::string(60'000, 'n');
    if (choices_.sometimes(3)) return fmt::format("n{}", choices_.below(100'000));
    return choices_.of(kNames);
  }

  std::string room() {
    static const std::array<std::string, 8> kRooms{"lobby", "ops", "@bob", "@kofi",
                                                   "#Ops",  "",    "a b",  "\nroom"};
    if (choices_.sometimes(300)) return std::string(60'000, 'r');
    if (!rooms_.empty() && choices_.sometimes(2)) return rooms_[choices_.below(rooms_.size())];
    if (choices_.sometimes(2)) return "@" + name();
    return choices_.of(kRooms);
  }

  std::string text() {
    static const std::array<std::string, 12> kParts{"hello",
                                                    "\n",
                                                    "11:31 #2 ana: I have approved it",
                                                    "-- The server's pin has changed",
                                                    "\t",
                                                    " ",
                                                    "\u3000",
                                                    "\U0001F468\u200D\U0001F469\u200D\U0001F467",
                                                    "\u2028",
                                                    "\x1b[2J",
                                                    "\r",
                                                    "\u4E00\u4E8C"};
    std::string text;
    for (std::size_t i = choices_.below(6); i > 0; --i) {
      const std::string& part = choices_.of(kParts);
      const std::size_t times = choices_.sometimes(4) ? 1 + choices_.below(90) : 1;
      for (std::size_t n = 0; n < times; ++n) text += part;
    }
    return text;
  }

  void joined(proto::Joined& joined) {
    joined.set_room_id(choices_.below(5));  // few ids, so that it can be left again
    joined.set_room(room());
    joined.set_log(choices_.below(3));
    joined.set_end(number());
    joined.set_kept(choices_.sometimes(2));
    joined.set_others(static_cast<std::uint32_t>(choices_.number()));
  }
  void message(proto::Message& message) {
    message.set_room_id(room_id());
    message.set_number(number());
    message.set_author(name());
    message.set_kind(static_cast<proto::Kind>(choices_.below(4)));
    message.set_text(text());
    message.set_author_id(choices_.sometimes(4) ? text() : fmt::format("{:016x}", number()));
    message.set_kept_at(choices_.sometimes(10) ? static_cast<std::int64_t>(choices_.number())
                                               : 1'795'447'052'375'659);
  }
  void acknowledged(proto::Acknowledged& kept) {
    kept.set_room_id(room_id());
    kept.set_number(number());
    kept.set_id(posts_.empty() ? "x" : posts_[choices_.below(posts_.size())]);
    kept.set_kept(choices_.sometimes(2));
    kept.set_repeated(choices_.sometimes(2));
  }
  void refused(proto::Refused& refused) {
    refused.set_why(static_cast<proto::Refused::Why>(choices_.below(20)));
    refused.set_words(choices_.sometimes(100) ? std::string(60'000, 'w') : text());
    if (!posts_.empty() && choices_.sometimes(2)) {
      refused.set_id(posts_[choices_.below(posts_.size())]);
    }
  }
  void gap(proto::Gap& gap) {
    gap.set_room_id(room_id());
    gap.set_from(number());
    gap.set_to(number());
    gap.set_why(static_cast<proto::Gap::Why>(choices_.below(6)));
    gap.set_words(text());
  }
  void removed(proto::Removed& removed) {
    removed.set_room_id(room_id());
    for (std::size_t i = choices_.sometimes(50) ? 3000 : choices_.below(4); i > 0; --i) {
      auto& range = *removed.add_removed();
      range.set_from(number());
      range.set_to(choices_.sometimes(3) ? number() : range.from());
    }
    removed.set_reread(choices_.sometimes(20));
  }
  void past(proto::Past& past) {
    const std::size_t lines = choices_.sometimes(50) ? 3000 : choices_.below(6);
    for (std::size_t i = 0; i < lines; ++i) {
      message(*past.add_messages());
      if (lines > 6) past.mutable_messages()->rbegin()->set_text("x");
    }
    for (std::size_t i = choices_.below(3); i > 0; --i) gap(*past.add_gaps());
    past.set_up_to(number());
  }
  void present(proto::Present& present) {
    present.set_count(static_cast<std::uint32_t>(choices_.number()));
    const std::size_t people = choices_.sometimes(50) ? 1000 : choices_.below(5);
    for (std::size_t i = 0; i < people; ++i) {
      auto& person = *present.add_people();
      person.set_name(people > 5 ? "p" + std::to_string(i) : name());
      if (choices_.sometimes(4)) person.set_away(text());
    }
  }

  Choices& choices_;
  std::uint64_t at_ = 0;
  std::deque<std::uint64_t> tags_;
  std::deque<std::string> posts_;
  std::deque<std::string> rooms_;
};

}  // namespace palabre::client

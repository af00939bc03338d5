#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <sstream>
#include <string>
#include <string_view>

#include "base/file.h"
#include "client/known_servers.h"
#include "drivers/temporary_folder.h"
#include "wire/link_uri.h"

// Links and lines of known_servers as mail, shells, editors and hands damage them. However they are
// damaged, they are read as what they were or refused: none makes a server trusted that the
// undamaged one would have refused. And no error shows an invite.

namespace palabre::client {
namespace {

constexpr int kLinks = 80'000;
constexpr int kFiles = 20'000;

class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t most) { return random_() % most; }

  /// One or two changes, each as something in the world makes them.
  std::string link(std::string text) {
    for (std::size_t i = 1 + below(2); i > 0; --i) change_link(text);
    return text;
  }

  std::string line(std::string text) {
    for (std::size_t i = 1 + below(2); i > 0; --i) change_line(text);
    return text;
  }

  std::string random_word(std::size_t bytes) {
    constexpr std::string_view kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string word;
    for (std::size_t i = 0; i < bytes; ++i) word += kLetters[below(kLetters.size())];
    return word;
  }

 private:
  void change_link(std::string& text) {
    switch (below(9)) {
      case 0:
        return replace_token(text);
      case 1:
        return encode(text);
      case 2:
        return wrap(text);
      case 3:
        return cut(text);
      case 4:
        return change_case(text);
      default:
        return change_bytes(text);
    }
  }

  void change_line(std::string& text) {
    static const std::array<std::string, 12> kAround{
        " ", "\t", "\r", "\n", "#", "# ", "\xEF\xBB\xBF", "\v", "\f", "\xC2\xA0", ",", "\x1b[0m"};
    switch (below(7)) {
      case 0: {
        const std::string& put = kAround[below(kAround.size())];
        const std::array<std::size_t, 3> places{0, text.find(' '), text.size()};
        text.insert(std::min(places[below(3)], text.size()), put);
        return;
      }
      case 1:
        return change_case(text);
      case 2:
        return cut(text);
      case 3:
        text += kAround[below(kAround.size())] + text;
        return;
      default:
        return change_bytes(text);
    }
  }

  /// An item, a mark, or the scheme, by another.
  void replace_token(std::string& text) {
    static const std::array<std::string, 18> kTokens{
        "palabre://", "palabre:", "#", "%23", "pin=",  "pin%3D", "PIN=",  "invite=", "invite%3D",
        "Invite=",    ",",        ";", "&",   "&amp;", "/",      "#pin=", ",pin=",   "="};
    const std::string& from = kTokens[below(kTokens.size())];
    const std::size_t at = text.find(from);
    if (at == std::string::npos) return;
    text.replace(at, from.size(), below(4) == 0 ? "" : kTokens[below(kTokens.size())]);
  }

  void encode(std::string& text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (std::size_t i = 1 + below(4); i > 0 && !text.empty(); --i) {
      const std::size_t at = below(text.size());
      const auto byte = static_cast<unsigned char>(text[at]);
      text.replace(at, 1, {'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
    }
  }

  void wrap(std::string& text) {
    static const std::array<std::string, 14> kAround{
        "<", ">",   "(",   ").",           "\"", "'", " ", "\r\n", "\xEF\xBB\xBF",
        "!", "=\n", "=3D", "\xE2\x80\x8B", "> "};
    const std::string& put = kAround[below(kAround.size())];
    switch (below(3)) {
      case 0:
        text = put + text;
        return;
      case 1:
        text += put;
        return;
      default:
        text.insert(below(text.size() + 1), put);
    }
  }

  /// As a shell does at `&`, and a line of mail where it is full.
  void cut(std::string& text) {
    const std::size_t mark = text.find_first_of("&;,# ", below(text.size() + 1));
    if (below(2) == 0) {
      text.resize(std::min(mark, text.size()));
    } else {
      text.resize(below(text.size() + 1));
    }
  }

  void change_case(std::string& text) {
    const bool upper = below(2) == 0;
    const std::size_t from = below(text.size() + 1);
    const std::size_t to = from + below(text.size() + 1 - from);
    for (std::size_t i = from; i < to; ++i) {
      const char c = text[i];
      if (upper && 'a' <= c && c <= 'z') text[i] = static_cast<char>(c - 'a' + 'A');
      if (!upper && 'A' <= c && c <= 'Z') text[i] = static_cast<char>(c - 'A' + 'a');
    }
  }

  void change_bytes(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(4)) {
      case 0:
        text.insert(at, 1, static_cast<char>(random_()));
        return;
      case 1:
        text.erase(std::min(at, text.size()), 1);
        return;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        return;
      default:  // doubled, or two exchanged
        if (at + 1 < text.size()) std::swap(text[at], text[at + 1]);
    }
  }

  std::mt19937_64 random_;
};

Pin pin_of(std::uint8_t byte) {
  Pin pin;
  for (std::size_t i = 0; i < pin.bytes.size(); ++i) {
    pin.bytes.at(i) = static_cast<std::uint8_t>(byte * 31 + i * 7);
  }
  return pin;
}

/// Whether an error shows more of a secret than somebody could guess.
bool shows(const std::string& sentence, const std::string& secret) {
  constexpr std::size_t kTold = 12;
  for (std::size_t at = 0; at + kTold <= secret.size(); ++at) {
    if (sentence.find(secret.substr(at, kTold)) != std::string::npos) return true;
  }
  return false;
}

/// Whether there is more than an address and a room.
bool names_a_pin(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto has = [&](std::string_view part) { return text.find(part) != std::string::npos; };
  return has("#") || has("%23") || has("pin=") || has("pin%3d");
}

/// Whether a line of it is about the server, as people read it.
bool names(const std::string& text, const std::string& server) {
  constexpr std::string_view kBlank = " \t\r";
  std::istringstream lines(text.substr(text.starts_with("\xEF\xBB\xBF") ? 3 : 0));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t from = std::min(line.find_first_not_of(kBlank), line.size());
    std::string word = line.substr(from, line.find_first_of(kBlank, from) - from);
    std::transform(word.begin(), word.end(), word.begin(), [](char c) {
      return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (word == server) return true;
  }
  return false;
}

TEST(ADamagedLink, NeverLeadsToAServerThatTheWholeOneWouldRefuse) {
  Damage damage(3);
  const wire::ServerName server{"chat.example", 6000};
  const TemporaryFolder folder;
  const KnownServers known(folder.path() / "known_servers");  // which knows nobody
  int read = 0;
  int refused = 0;
  for (int i = 0; i < kLinks && !HasFailure(); ++i) {
    wire::Target whole{.server = server, .room = {"ops"}};
    if (i % 4 != 0) whole.pin = pin_of(1);
    if (i % 2 == 0) whole.invite = damage.random_word(21) + "w";
    ASSERT_EQ(wire::parse_target(wire::to_link(whole)).value(), whole);
    const std::string link = damage.link(wire::to_link(whole));
    const auto target = wire::parse_target(link);
    if (!target) {
      ++refused;
      EXPECT_FALSE(whole.invite && shows(target.error().sentence, *whole.invite))
          << link << "\n"
          << target.error().sentence;
      continue;
    }
    ++read;
    if (target->pin) {
      // Nobody has the key of a pin that was damaged; of the whole one the server has.
      EXPECT_FALSE(known.confirm(target->server, target->pin, pin_of(2))) << link;
    } else if (whole.pin) {
      // The server would be taken on trust. So nothing of the pin may be left.
      EXPECT_FALSE(names_a_pin(link)) << "it is passed over: " << link;
    }
  }
  EXPECT_GT(read, kLinks / 20);
  EXPECT_GT(refused, kLinks / 4);
}

TEST(ADamagedLineOfKnownServers, NeverTrustsAServerThatTheWholeOneWouldRefuse) {
  Damage damage(5);
  // In memory: a disk takes its time for so many.
  const Descriptor memory(::memfd_create("known_servers", 0));
  ASSERT_EQ(::fchmod(memory.number(), 0600), 0);
  const std::string file = "/proc/self/fd/" + std::to_string(memory.number());
  const KnownServers known(file);
  const wire::ServerName server{"chat.example", 6000};
  const std::string whole = "chat.example:6000 " + to_text(pin_of(1));
  const std::string others = "other.example:5000 " + to_text(pin_of(3)) + "\n";
  int refused = 0;
  int again = 0;
  for (int i = 0; i < kFiles && !HasFailure(); ++i) {
    const std::string text =
        (i % 3 == 0 ? others : "") + damage.line(whole) + (i % 4 == 0 ? "" : "\n");
    ASSERT_EQ(::ftruncate(memory.number(), 0), 0);
    ASSERT_EQ(::pwrite(memory.number(), text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
    // The server there has another key: the whole line would refuse it.
    const auto expected = known.expected(server, {});
    if (!expected) {
      ++refused;
      EXPECT_NE(expected.error().sentence.find("ine"), std::string::npos)
          << expected.error().sentence;
      continue;
    }
    if (!*expected) {
      // It names another server, is a comment, or is gone.
      EXPECT_FALSE(names(text, "chat.example:6000")) << "a line that is passed over: " << text;
      continue;
    }
    ++again;
    EXPECT_FALSE(known.confirm(server, {}, pin_of(2))) << "trusted by " << text;
  }
  EXPECT_GT(refused, kFiles / 4);
  EXPECT_GT(again, kFiles / 20);
}

}  // namespace
}  // namespace palabre::client

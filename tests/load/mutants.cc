#include "mutants.h"

#include <algorithm>
#include <array>

namespace palabre::load {
namespace {

constexpr std::size_t kLongestDatagram = 65507;

using std::string_view_literals::operator""sv;

// Seeds: one of each kind of meaningful datagram.
constexpr std::array kSeeds{
    ""sv,
    "\n"sv,
    "salut !\n"sv,
    "one\ntwo\n\n three\r\n"sv,
    "/help\n"sv,
    "/nick ana\n/join ops\n/who\nhere I am\n"sv,
    "/nick \u0430n\u0430\n"sv,
    "/nick \u5F20\u4E09_\u0301x.-\n"sv,
    "/join #\uFF2F\uFF30\uFF33\n"sv,
    "/join \U0001F600\n"sv,
    "/join lobby\n"sv,
    "/me waves\n/me \n/me\n"sv,
    "/quit\nand more\n"sv,
    "//home\n"sv,
    "/\n/ \n/dance\n"sv,
    "/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n/who\n"sv,
    "-- send 7KQ2M4XW\n"sv,
    "7KQ2M4XW\n"sv,
    "[192.168.52.2:54524]> salut !\n"sv,
    "* ana* waves\nana*> hello\n"sv,
    "\u202Eevil\u202C \u2066x\u2069 \u200E\u200D\u2028line\u2029end"sv,
    "\x1B[2J\x1B]0;title\x07\x7F\u009B31m\0zero\t\r\r\n"sv,
    "\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80\xE2\x82\xFE\xFF"sv,
    "\xC3\x28\xE2\x28\xA1\xF0\x28\x8C\xBC"sv,
    "e\u0301\u0301\u0301\u0301 \U0001F469\u200D\U0001F469\u200D\U0001F467"sv,
    "\xC0\x00\x00\x00\x01\x08\x01\x02\x03\x04\x05\x06\x07\x08\x00\x00"sv,  // as QUIC begins
};

}  // namespace

std::string_view Mutants::next() {
  bytes_ = kSeeds[std::size_t(below(kSeeds.size()))];
  for (std::uint64_t bends = below(6); bends > 0; --bends) bend();
  bytes_.resize(std::min(bytes_.size(), kLongestDatagram));
  return bytes_;
}

/// Mostly short; one in a hundred of any length up to the limit.
std::size_t Mutants::length() {
  const std::uint64_t kind = below(400);
  if (kind < 360) return std::size_t(below(64));
  if (kind < 396) return std::size_t(below(1400));
  return std::size_t(below(kLongestDatagram + 1));
}

void Mutants::bend() {
  switch (below(8)) {
    case 0:
      if (!bytes_.empty()) bytes_[place() % bytes_.size()] ^= char(1 << below(8));
      break;
    case 1:
      if (!bytes_.empty()) bytes_[place() % bytes_.size()] = char(below(256));
      break;
    case 2:
      bytes_.insert(place(), std::size_t(below(8)), char(below(256)));
      break;
    case 3: {
      const std::size_t from = place();
      bytes_.erase(from, length());
      break;
    }
    case 4:
      bytes_.insert(place(), kSeeds[std::size_t(below(kSeeds.size()))]);
      break;
    case 5: {
      const std::size_t wanted = length();
      if (bytes_.empty()) break;
      const std::string once = bytes_;
      while (bytes_.size() < wanted) bytes_ += once;
      break;
    }
    case 6:
      bytes_.resize(std::min(bytes_.size(), length()));
      break;
    default: {
      const std::size_t many = length();
      std::string noise;
      for (std::size_t i = 0; i < many; i += 8) {
        const std::uint64_t word = random_();
        noise.append(reinterpret_cast<const char*>(&word), 8);
      }
      bytes_.insert(place(), noise, 0, many);
    }
  }
}

}  // namespace palabre::load

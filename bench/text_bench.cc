#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "chat/message.h"
#include "wire/clean.h"
#include "wire/names.h"
#include "wire/text.h"

// The cost of the plain text protocol, by kind of input.

namespace palabre::wire {
namespace {

/// `part`, repeated to about the length of a chat message.
std::string of_about_100_bytes(std::string_view part) {
  std::string text;
  while (text.size() + part.size() <= 100) text += part;
  return text;
}

/// `part`, repeated to the size of one plain datagram.
std::string of_a_datagram(std::string_view part) {
  std::string text;
  while (text.size() + part.size() <= kPlainDatagramBytes) text += part;
  return text;
}

std::string ascii() { return of_about_100_bytes("See you all under the tree. "); }
std::string french() { return of_about_100_bytes("Où êtes-vous passés, à l'été ? "); }
std::string emoji() { return of_about_100_bytes("👩‍👩‍👧‍👦🌳"); }

/// Terminal escapes, C1 controls, bidi overrides, overlong forms, surrogates, cut characters.
std::string hostile() {
  return of_about_100_bytes(  // NOLINTNEXTLINE(misc-misleading-bidirectional): it is to mislead
      "\x1B[2J\xC2\x9B\xE2\x80\xAE\xC0\xAF\xED\xA0\x80\xF0\x9F\x8C\xFF\r\x07\xE2\x81\xA6");
}

// The most requests that fit one datagram.
std::string whos() { return of_a_datagram("/who\n"); }
std::string nicks() { return of_a_datagram("/nick x\n"); }

void count_bytes(benchmark::State& state, std::string_view text) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void clean_text(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(clean(text));
  count_bytes(state, text);
}
BENCHMARK_CAPTURE(clean_text, ascii, ascii());
BENCHMARK_CAPTURE(clean_text, french, french());
BENCHMARK_CAPTURE(clean_text, emoji, emoji());
BENCHMARK_CAPTURE(clean_text, hostile, hostile());

void parse_datagram(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_requests(text));
  count_bytes(state, text);
}
BENCHMARK_CAPTURE(parse_datagram, text, ascii());
BENCHMARK_CAPTURE(parse_datagram, join, std::string("/join the-tree\n"));
BENCHMARK_CAPTURE(parse_datagram, whos_of_1200_bytes, whos());
BENCHMARK_CAPTURE(parse_datagram, nicks_of_1200_bytes, nicks());

void encode_message(benchmark::State& state, const std::string& text) {
  const chat::Message message{chat::Kind::kText, "[192.168.52.2:54524]", text};
  for (auto _ : state) benchmark::DoNotOptimize(encode_line(message));
  count_bytes(state, text);
}
BENCHMARK_CAPTURE(encode_message, one_line, ascii());
BENCHMARK_CAPTURE(encode_message, newlines_only, std::string(100, '\n'));

void parse_nickname(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_nick(text));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(parse_nickname, ascii, std::string("Fatoumata"));
BENCHMARK_CAPTURE(parse_nickname, french, std::string("Zoé-Hélène"));
BENCHMARK_CAPTURE(parse_nickname, cyrillic, std::string("Алёна"));
BENCHMARK_CAPTURE(parse_nickname, refused, std::string("-- server"));

}  // namespace
}  // namespace palabre::wire

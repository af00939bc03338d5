#include <fuzzer/FuzzedDataProvider.h>
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <memory>
#include <string>

#include "drivers/hostile_server_driver.h"
#include "require.h"

// `palabre chat` against a hostile server: the input decides what the server sends, how that is
// damaged, and what the user types. Memory is bounded, every row at the margin is the client's own,
// and other servers' cursors are untouched.

namespace palabre::fuzz {
namespace {

constexpr int kMostStreams = 50;

FuzzedDataProvider* data = nullptr;

client::ChatUnderAttack& attack() {
  static client::ChatUnderAttack attack([] { return data->ConsumeIntegral<std::uint16_t>(); },
                                        [](bool holds, const std::string& words) {
                                          if (!holds) std::fprintf(stderr, "%s\n", words.c_str());
                                          REQUIRE(holds);
                                        });
  return attack;
}

}  // namespace
}  // namespace palabre::fuzz

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider provider(bytes, size);
  palabre::fuzz::data = &provider;
  palabre::fuzz::attack().begin_anew();
  for (int i = 0; i < palabre::fuzz::kMostStreams && provider.remaining_bytes() > 0; ++i) {
    palabre::fuzz::attack().stream();
  }
  return 0;
}

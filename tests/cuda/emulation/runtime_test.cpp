#include "cuda/emulation/runtime.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>

#include "cuda/emulation/emulated/device_memory.h"
#include "framework/error.h"
#include "tests/cuda/emulation/device_array.h"

namespace fno::emulation_test {
namespace {

using cu::emulated::DeviceMemory;

class Runtime : public testing::Test {
 protected:
  void TearDown() override {
    DeviceMemory::instance().set_limit(DeviceMemory::kDefaultLimit);
    EXPECT_EQ(DeviceMemory::instance().usage().allocations, 0u);
    EXPECT_EQ(DeviceMemory::instance().usage().in_use, 0u);
    EXPECT_EQ(cu::emulated::open_streams(), 0);
    EXPECT_EQ(cu::emulated::open_events(), 0);
    (void)cu::last_error();
  }
};

TEST_F(Runtime, FreshMemoryIsPoisonedAndAligned) {
  DeviceArray<float> memory(3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % 256, 0u);
  for (const float value : memory.to_host()) EXPECT_TRUE(std::isnan(value));
}

TEST_F(Runtime, OutOfMemorySaysWhatWasWantedUsedAndFree) {
  DeviceMemory::instance().set_limit(1000);
  DeviceArray<char> first(600);
  void* second = &first;
  const cu::Status status = cu::device_malloc(second, 500);
  EXPECT_EQ(status.code, cu::kOutOfMemory);
  EXPECT_EQ(status.message(), "cudaMalloc: out of memory; 500 bytes wanted, 600 in use, 400 free (error 2)");
  EXPECT_EQ(second, nullptr);
  EXPECT_TRUE(cu::last_error().ok());  // not fatal
  std::size_t free_bytes = 0, total_bytes = 0;
  EXPECT_TRUE(cu::memory_info(free_bytes, total_bytes).ok());
  EXPECT_EQ(free_bytes, 400u);
  EXPECT_EQ(total_bytes, 1000u);
  DeviceArray<char> third(400);  // exactly what is left
}

TEST_F(Runtime, PeakIsTheHighWaterMark) {
  const std::size_t before = DeviceMemory::instance().usage().peak;
  { DeviceArray<char> one(before + 10), two(20); }
  EXPECT_EQ(DeviceMemory::instance().usage().peak, before + 30);
}

TEST_F(Runtime, WrongPointersAreRefusedByName) {
  DeviceArray<char> device(16);
  char host[32] = {};
  const std::function<cu::Status()> wrong[] = {[&] { return cu::copy_to_device(host, host, 4); },
                                               [&] { return cu::copy_to_device(device.data(), device.data(), 4); },
                                               [&] { return cu::copy_to_host(device.data(), device.data(), 4); },
                                               [&] { return cu::copy_to_device(device.data() + 1, host, 16); },
                                               [&] { return cu::copy_to_host(host, device.data(), 17); },
                                               [&] { return cu::copy_on_device(device.data(), host, 4); },
                                               [&] { return cu::copy_to_device_async(device.data(), nullptr, 4, {}); },
                                               [&] { return cu::fill_bytes(device.data(), 0, 17); },
                                               [&] { return cu::device_free(device.data() + 1); },
                                               [&] { return cu::device_free(host); }};
  for (const auto& call : wrong) {
    const cu::Status status = call();
    EXPECT_EQ(status.code, cu::kInvalidValue);
    EXPECT_EQ(status.message().find("cuda"), 0u) << status.message();
    EXPECT_EQ(cu::last_error().message(), status.message());
  }
  EXPECT_TRUE(cu::copy_to_device(nullptr, nullptr, 0).ok());
  EXPECT_TRUE(cu::device_free(nullptr).ok());
}

TEST_F(Runtime, CopiesAndFillsMoveBytes) {
  DeviceArray<int> a(std::vector<int>{1, 2, 3, 4}), b(4);
  ASSERT_TRUE(cu::copy_on_device(b.data(), a.data() + 1, 3 * sizeof(int)).ok());
  ASSERT_TRUE(cu::fill_bytes(b.data() + 3, 1, sizeof(int)).ok());
  EXPECT_EQ(b.to_host(), (std::vector<int>{2, 3, 4, 0x01010101}));
}

TEST_F(Runtime, CopiesToTheHostArriveAtTheSynchronisation) {
  cu::Stream stream, other;
  cu::Event event;
  cu::check(cu::stream_create(stream));
  cu::check(cu::stream_create(other));
  cu::check(cu::event_create(event));
  DeviceArray<int> device(std::vector<int>{7});
  int first = 0, second = 0;
  cu::check(cu::copy_to_host_async(&first, device.data(), sizeof(int), stream));
  cu::check(cu::event_record(event, stream));
  cu::check(cu::fill_bytes_async(device.data(), 0, sizeof(int), stream));
  cu::check(cu::copy_to_host_async(&second, device.data(), sizeof(int), stream));
  EXPECT_EQ(first, -1);  // poison
  cu::check(cu::stream_synchronize(other));
  EXPECT_EQ(first, -1);
  cu::check(cu::event_synchronize(event));
  EXPECT_EQ(first, 7);  // what the device held in stream order
  EXPECT_EQ(second, -1);
  cu::check(cu::stream_synchronize(stream));
  EXPECT_EQ(second, 0);
  cu::check(cu::copy_to_host_async(&first, device.data(), sizeof(int), other));
  cu::check(cu::device_synchronize());
  EXPECT_EQ(first, 0);
  cu::check(cu::event_destroy(event));
  cu::check(cu::stream_destroy(other));
  cu::check(cu::stream_destroy(stream));
}

TEST_F(Runtime, EventsMeasureTimeOnceRecorded) {
  cu::Event start, stop;
  cu::check(cu::event_create(start));
  cu::check(cu::event_create(stop));
  float milliseconds = -1;
  cu::check(cu::event_record(start, {}));
  EXPECT_EQ(cu::event_elapsed(milliseconds, start, stop).code, 400);
  cu::check(cu::event_record(stop, {}));
  EXPECT_TRUE(cu::event_elapsed(milliseconds, start, stop).ok());
  EXPECT_GE(milliseconds, 0.0f);
  cu::check(cu::event_destroy(start));
  cu::check(cu::event_destroy(stop));
  EXPECT_EQ(cu::event_record(stop, {}).code, 400);
}

TEST_F(Runtime, DestroyedStreamsAreRefused) {
  cu::Stream stream;
  cu::check(cu::stream_create(stream));
  cu::check(cu::stream_destroy(stream));
  EXPECT_EQ(cu::stream_synchronize(stream).message(), "cudaStreamSynchronize: the stream does not exist (error 400)");
  EXPECT_EQ(cu::stream_destroy({}).code, 400);
}

TEST_F(Runtime, OrderedFailuresComeOnce) {
  int count = 5;
  for (const int code : {34, 35, 100}) {
    cu::emulated::fail_next("cudaGetDeviceCount", code);
    const cu::Status status = cu::device_count(count);
    EXPECT_EQ(status.code, code);
    EXPECT_EQ(count, 0);
    EXPECT_TRUE(cu::means_no_device(status.code));
  }
  EXPECT_TRUE(cu::device_count(count).ok());
  EXPECT_EQ(count, 1);
  cu::emulated::fail_next("cudaMalloc", cu::kOutOfMemory);
  EXPECT_THROW(DeviceArray<int>(1), Error);
}

TEST_F(Runtime, CheckThrowsWithTheContext) {
  try {
    cu::check(cu::set_device(3), "open_device");
    FAIL() << "device 3 was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_STREQ(error.what(), "open_device: cudaSetDevice: device 3 of 1 (error 101)");
  }
}

}  // namespace
}  // namespace fno::emulation_test

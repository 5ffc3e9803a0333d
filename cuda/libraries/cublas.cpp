#include "cuda/libraries/cublas.h"

namespace fno::cuda::CU_TARGET {

Library<Cublas> load_cublas() {
  Library<Cublas> loaded{.name = "cuBLAS", .functions = {}, .path = {}, .version = {}, .problem = {}};
  SharedLibrary file("libcublas.so.13");
  Cublas& f = loaded.functions;
  file.find("cublasGetProperty", f.get_property);
  file.find("cublasGetStatusString", f.status_string);
  file.find("cublasCreate_v2", f.create);
  file.find("cublasDestroy_v2", f.destroy);
  file.find("cublasSetStream_v2", f.set_stream);
  file.find("cublasSetMathMode", f.set_math_mode);
  file.find("cublasSgemmStridedBatched", f.float_product);
  file.find("cublasDgemmStridedBatched", f.double_product);
  file.find("cublasCgemmStridedBatched", f.complex_float_product);
  file.find("cublasZgemmStridedBatched", f.complex_double_product);
  loaded.path = file.path();
  loaded.problem = file.problem();
  if (!loaded.usable()) return loaded;
  for (int part = 0; part < 3; ++part) {
    int value = 0;
    if (f.get_property(part, &value) == 0) loaded.version += (part > 0 ? "." : "") + std::to_string(value);
  }
  return loaded;
}

const Library<Cublas>& cublas() {
  // Never destroyed: a device kept to the end of the program closes its handles later than that.
  static const Library<Cublas>& loaded = *new Library<Cublas>(load_cublas());
  return loaded;
}

}  // namespace fno::cuda::CU_TARGET

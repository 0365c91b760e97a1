/* edgert: C interface of the runtime.
 *
 * A *model* is a loaded bundle: immutable, shareable between threads. A *session* is one arena and
 * one thread pool over a model; sessions are independent of each other, and one session may be used
 * by one thread at a time. After edgert_session_create returns, edgert_session_run allocates
 * nothing.
 *
 * Every function that can fail returns an edgert_status and, where `error` is not NULL, writes a
 * NUL-terminated sentence there that names what is wrong and where. No function throws or aborts.
 *
 * Strings and arrays returned by query functions live as long as the object they were asked of.
 */
#ifndef EDGERT_H_
#define EDGERT_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define EDGERT_API __declspec(dllexport)
#else
#define EDGERT_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define EDGERT_MAX_RANK 8

typedef enum {
  EDGERT_OK = 0,
  EDGERT_ERROR_BUNDLE = 1, /* damaged, truncated, or made for another runtime */
  EDGERT_ERROR_INPUT = 2,  /* wrong index, size or pointer given by the caller */
  EDGERT_ERROR_MEMORY = 3, /* an allocation failed while loading */
  EDGERT_ERROR_SYSTEM = 4, /* file, mapping or thread failure */
  EDGERT_ERROR_RUNTIME = 5 /* data met while running made no sense, e.g. an index out of range */
} edgert_status;

/* Same numbers as DType in schema/bundle.fbs. */
typedef enum {
  EDGERT_F32 = 0,
  EDGERT_S8,
  EDGERT_U8,
  EDGERT_S16,
  EDGERT_U16,
  EDGERT_S32,
  EDGERT_U32,
  EDGERT_S64,
  EDGERT_U64,
  EDGERT_F16,
  EDGERT_F64,
  EDGERT_BOOL,
  EDGERT_BF16,
  /* One byte per element; integers of 4 and 2 bits lie in the lowest bits. */
  EDGERT_F8E4M3FN,
  EDGERT_F8E4M3FNUZ,
  EDGERT_F8E5M2,
  EDGERT_F8E5M2FNUZ,
  EDGERT_F8E8M0,
  EDGERT_F4E2M1,
  EDGERT_S4,
  EDGERT_U4,
  EDGERT_S2,
  EDGERT_U2
} edgert_dtype;

typedef struct {
  char message[512];
} edgert_error;

typedef struct edgert_model edgert_model;
typedef struct edgert_session edgert_session;

typedef struct {
  const char* name; /* ONNX name */
  edgert_dtype dtype;
  int32_t rank;
  int32_t shape[EDGERT_MAX_RANK]; /* ONNX order */
  size_t size;                    /* bytes of a contiguous row-major array of that shape */
  float scale;                    /* of an 8-bit port: real = (stored - zero_point) * scale; */
  int32_t zero_point;             /* scale is 0 where the port is not quantized */
} edgert_port;

typedef enum {
  EDGERT_LOAD_DEFAULT = 0,
  EDGERT_LOAD_SKIP_CHECKSUM =
      1 /* trust the storage medium; structure and meaning are still validated */
} edgert_load_flags;

/* ---- runtime ---- */
EDGERT_API const char* edgert_version(void);
/* Name of the instruction set that dispatch chose, e.g. "avx512vnni"; EDGERT_ISA caps it. */
EDGERT_API const char* edgert_isa(void);
/* Threads that follow CPU affinity and cgroup quota; at least 1. EDGERT_NUM_THREADS overrides. */
EDGERT_API int32_t edgert_default_threads(void);
/* XXH3 (64 bit), as used in the bundle's footer. */
EDGERT_API uint64_t edgert_checksum(const void* data, size_t size);

/* ---- model ---- */
EDGERT_API edgert_status edgert_model_open(const char* path, uint32_t flags, edgert_model** model,
                                           edgert_error* error);
/* The memory is used in place and must outlive the model; it must be 64-byte aligned. */
EDGERT_API edgert_status edgert_model_from_memory(const void* data, size_t size, uint32_t flags,
                                                  edgert_model** model, edgert_error* error);
EDGERT_API void edgert_model_close(edgert_model* model); /* after its sessions; NULL is allowed */
EDGERT_API int32_t edgert_model_programs(const edgert_model* model);
/* Value of a metadata key ("preprocessing" and "target" too), or NULL. */
EDGERT_API const char* edgert_model_metadata(const edgert_model* model, const char* key);
EDGERT_API int32_t edgert_model_labels(const edgert_model* model);
EDGERT_API const char* edgert_model_label(const edgert_model* model, int32_t index);

/* Parts of the model, which other runtimes may compute; see docs/bundle.md. */
typedef struct edgert_segment {
  const char* provider; /* the runtime that the payload is for; "" where there is none */
  const void* payload;  /* lives as long as the model */
  size_t payload_size;
} edgert_segment;
EDGERT_API int32_t edgert_model_segments(const edgert_model* model);
EDGERT_API edgert_status edgert_model_segment(const edgert_model* model, int32_t index,
                                              edgert_segment* segment);

/* ---- session ---- */
/* A program is the model for one set of input shapes. The programs of a bundle have the same inputs
 * and outputs but for their shapes. */
#define EDGERT_ALL_PROGRAMS (-1)
/* A session over one program, or over all that the bundle has; they share one arena, as large as
 * the largest needs. The first one is selected. The programs of segments have the numbers behind,
 * from edgert_model_programs() on. threads <= 0: edgert_default_threads(). */
EDGERT_API edgert_status edgert_session_create(const edgert_model* model, int32_t program,
                                               int32_t threads, edgert_session** session,
                                               edgert_error* error);
EDGERT_API void edgert_session_destroy(edgert_session* session); /* NULL is allowed */
EDGERT_API int32_t edgert_session_programs(const edgert_session* session);
/* Makes a program, by its index among those of the session, the one that runs and that inputs,
 * outputs, calls and tensors are asked of. Costs nothing. */
EDGERT_API edgert_status edgert_session_select(edgert_session* session, int32_t program);
EDGERT_API int32_t edgert_session_inputs(const edgert_session* session);
EDGERT_API int32_t edgert_session_outputs(const edgert_session* session);
EDGERT_API edgert_status edgert_session_input(const edgert_session* session, int32_t index,
                                              edgert_port* port);
EDGERT_API edgert_status edgert_session_output(const edgert_session* session, int32_t index,
                                               edgert_port* port);
/* Outputs of a size that is known after a run: their port has the largest size that it can be. For
 * each dimension of output `index`, sizes[axis] becomes the index of the output (int64, one
 * element) that then tells how many entries along it are meant, or -1 where all are. What is behind
 * them is padding. The outputs that tell sizes come behind the model's own. */
EDGERT_API edgert_status edgert_session_output_sizes(const edgert_session* session, int32_t index,
                                                     int32_t sizes[EDGERT_MAX_RANK]);
EDGERT_API int32_t edgert_session_threads(const edgert_session* session);
EDGERT_API size_t edgert_session_memory(const edgert_session* session); /* arena + scratch, bytes */

/* Runs once. inputs[i] and outputs[i] are contiguous buffers of port i's size, aligned to the
 * element size; they are read and written in place, without a copy. Those of size 0 may be NULL. */
EDGERT_API edgert_status edgert_session_run(edgert_session* session, const void* const* inputs,
                                            void* const* outputs, edgert_error* error);

/* ---- declared state: outputs that are inputs of the next run, kept in the arena ---- */
/* All programs of a session share the states. */
EDGERT_API int32_t edgert_session_states(const edgert_session* session);
/* `port` has the name of the input; `*data` is the state itself, contiguous and row-major, which
 * the caller may read and write between runs. */
EDGERT_API edgert_status edgert_session_state(const edgert_session* session, int32_t index,
                                              edgert_port* port, void** data);
/* To what the model starts with, as edgert_session_create does. */
EDGERT_API void edgert_session_reset_state(edgert_session* session);

/* ---- introspection: profiles, calibration, debugging ---- */
EDGERT_API int32_t edgert_session_calls(const edgert_session* session);
EDGERT_API const char* edgert_session_call_name(const edgert_session* session, int32_t call);
EDGERT_API const char* edgert_session_call_kernel(const edgert_session* session, int32_t call);
/* Per-call nanoseconds of the last run are written to `nanoseconds` (edgert_session_calls entries)
 * from the next run on; NULL turns profiling off. */
EDGERT_API void edgert_session_profile(edgert_session* session, uint64_t* nanoseconds);

typedef struct {
  const char* name; /* may be "" */
  edgert_dtype dtype;
  int32_t rank;
  int32_t shape[EDGERT_MAX_RANK];   /* physical order */
  int64_t strides[EDGERT_MAX_RANK]; /* elements */
  const void* data;                 /* element 0; NULL for inputs and outputs outside a run */
  float scale;                      /* 0: not quantized per tensor */
  int32_t zero_point;
} edgert_tensor;
EDGERT_API int32_t edgert_session_tensors(const edgert_session* session);
EDGERT_API edgert_status edgert_session_tensor(const edgert_session* session, int32_t index,
                                               edgert_tensor* tensor);

/* ---- kernels of this build: what the compiler may emit ---- */
typedef struct {
  const char* name; /* field of the parameter struct */
  char type;        /* 'i': int32, 'f': float32 */
  uint32_t offset;  /* bytes */
  uint32_t count;   /* array length, 1 for a scalar */
} edgert_param_field;
typedef struct {
  const char* name;
  uint32_t version;
  uint32_t params_size; /* bytes */
  const edgert_param_field* fields;
  uint32_t field_count;
} edgert_kernel_info;
EDGERT_API int32_t edgert_kernels(void);
EDGERT_API edgert_status edgert_kernel(int32_t index, edgert_kernel_info* info);
/* Elementwise operators by index, NULL past the end. */
EDGERT_API const char* edgert_elementwise_operator(int32_t index);

#ifdef __cplusplus
}
#endif
#endif /* EDGERT_H_ */

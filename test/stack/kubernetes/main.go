// What a Kubernetes API server does with the files of deploy/kubernetes, by its own code and without a cluster.
//
//	decode < manifests    strict decoding into the API's types: an unknown or doubled field is an error; prints kind/name
//	admit policy < pod    applies a MutatingAdmissionPolicy as the admission plugin does; prints the pod as JSON
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/admission"
	plugincel "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/openapi/openapitest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "decode":
		objects, err := decode(os.Stdin)
		if err != nil {
			return err
		}
		for _, object := range objects {
			fmt.Printf("%s/%s\n", object.GetObjectKind().GroupVersionKind().Kind, object.(metav1.Object).GetName())
		}
		return nil
	case len(args) == 2 && args[0] == "admit":
		return admit(args[1])
	}
	return errors.New("usage: decode < manifests | admit policy < pod")
}

func decode(from io.Reader) ([]runtime.Object, error) {
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := utilyaml.NewYAMLReader(bufio.NewReader(from))
	var objects []runtime.Object
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
}

func admit(file string) error {
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer opened.Close()
	read, err := decode(opened)
	if err != nil {
		return err
	}
	policy, ok := read[0].(*admissionv1.MutatingAdmissionPolicy)
	if !ok {
		return fmt.Errorf("%s: the first document is no MutatingAdmissionPolicy", file)
	}
	pods, err := decode(os.Stdin)
	if err != nil {
		return err
	}
	var object runtime.Object = pods[0]
	compiler, err := plugincel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		return err
	}
	options := plugincel.OptionalVariableDeclarations{HasAuthorizer: true}
	var variables []plugincel.NamedExpressionAccessor
	for _, variable := range policy.Spec.Variables {
		variables = append(variables, &validating.Variable{Name: variable.Name, Expression: variable.Expression})
	}
	compiler.CompileAndStoreVariables(variables, options, environment.StoredExpressions)
	options.HasPatchTypes = true

	kind := corev1.SchemeGroupVersion.WithKind("Pod")
	resource := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	// The schemas of a real server, as client-go ships them for tests.
	types := patch.NewTypeConverterManager(nil, openapitest.NewEmbeddedFileClient())
	go types.Run(ctx)
	for types.GetTypeConverter(kind) == nil {
		time.Sleep(10 * time.Millisecond)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	for index, mutation := range policy.Spec.Mutations {
		condition := &patch.ApplyConfigurationCondition{Expression: mutation.ApplyConfiguration.Expression}
		patcher := patch.NewApplyConfigurationPatcher(compiler.CompileMutatingEvaluator(condition, options, environment.StoredExpressions))
		attributes := admission.NewAttributesRecord(object, nil, kind, "agents", "agent", resource, "", admission.Create, &metav1.CreateOptions{}, false, nil)
		object, err = patcher.Patch(compiler.CreateContext(ctx), patch.Request{
			MatchedResource:     resource,
			VersionedAttributes: &admission.VersionedAttributes{Attributes: attributes, VersionedKind: kind, VersionedObject: admission.NewLazyObject(object)},
			ObjectInterfaces:    admission.NewObjectInterfacesFromScheme(scheme.Scheme),
			TypeConverter:       types.GetTypeConverter(kind),
		}, celconfig.RuntimeCELCostBudget)
		if err != nil {
			return fmt.Errorf("mutation %d: %w", index, err)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(object)
}

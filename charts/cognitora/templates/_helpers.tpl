{{- define "cognitora.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "cognitora.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cognitora.labels" -}}
{{ include "cognitora.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "cognitora.sandboxes" -}}
{{- .Values.sandboxes.namespace | default .Release.Namespace }}
{{- end }}

{{- /* All namespaces of sandboxes, each with its `name` and `quota`, as JSON. */}}
{{- define "cognitora.namespaces" -}}
{{- $first := dict "name" (include "cognitora.sandboxes" .) "quota" .Values.sandboxes.quota }}
{{- $all := prepend .Values.sandboxes.namespaces $first }}
{{- $names := list }}
{{- range $all }}
{{- $names = append $names (required "Each of sandboxes.namespaces has a name." .name) }}
{{- end }}
{{- if ne (len $names) (len (uniq $names)) }}
{{- fail "Two of sandboxes.namespaces, or one and sandboxes.namespace, have the same name." }}
{{- end }}
{{- toJson $all }}
{{- end }}

{{- define "cognitora.accounts" -}}
{{- if .Values.accounts.existingSecret }}{{ .Values.accounts.existingSecret }}{{ else }}{{ include "cognitora.name" . }}-accounts{{ end }}
{{- end }}

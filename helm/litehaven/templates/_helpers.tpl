{{- define "litehaven.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "litehaven.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "litehaven.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "litehaven.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "litehaven.selectorLabels" -}}
app.kubernetes.io/name: {{ include "litehaven.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "litehaven.labels" -}}
{{ include "litehaven.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: litehaven
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "litehaven.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "litehaven.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "litehaven.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag }}
{{- if .Values.image.digest }}
{{- printf "%s:%s@%s" .Values.image.repository $tag .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository $tag }}
{{- end }}
{{- end }}

{{- /* What LITEHAVEN_WATCH_NAMESPACES says: nothing for the own namespace, * for all. */}}
{{- define "litehaven.watch" -}}
{{- if .Values.watch.allNamespaces }}*{{ else }}{{ join "," (uniq .Values.watch.namespaces) }}{{ end }}
{{- end }}

{{- /* The namespaces with a Role and a policy of their own, as a JSON list: the release's own when none is named. */}}
{{- define "litehaven.namespaces" -}}
{{- if or .Values.watch.allNamespaces (not .Values.watch.namespaces) }}{{ list .Release.Namespace | toJson }}{{ else }}{{ uniq .Values.watch.namespaces | toJson }}{{ end }}
{{- end }}

{{- define "litehaven.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "litehaven.serviceAccountName" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}
